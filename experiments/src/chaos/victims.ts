/**
 * @file A sweep as a process that is going to be killed: itself, the stage that it runs, or both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { StageKind } from "../cells/kinds.js";
import { newestManifest } from "../cells/manifest.js";
import { sweepNames } from "../files/layout.js";
import { readStatus } from "../stage/status.js";

export const victims = ["runner", "stage", "both"] as const;
export type Victim = (typeof victims)[number];

export interface Sweep {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  over(): boolean;
  said(): string;
}

export interface SweepCommand {
  /** The command line of `experiments`. */
  readonly program: string;
  readonly spec: string;
}

export function startSweep({ program, spec }: SweepCommand, root: string, env: NodeJS.ProcessEnv = {}): Sweep {
  const args = [program, "sweep", `--spec=${spec}`, `--root=${root}`, "--threads=1", "--workers=1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  let text = "";
  let over = false;
  child.stderr.on("data", (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      over = true;
      resolve(code);
    });
  });
  return { child, ended, over: () => over, said: () => text };
}

export interface Standing {
  /** Share of the stages that are not done. */
  readonly left: number;
  /** Those that run now, with their process. */
  readonly running: readonly { readonly kind: StageKind; readonly pid: number }[];
}

/** How far the sweep under a root is, by its files. */
export function standingOf(root: string): Standing {
  const [name] = sweepNames(root);
  if (!name) return { left: 1, running: [] };
  const { stages } = newestManifest(root, name).manifest;
  const known = stages.map(({ key, kind }) => ({ kind, ...readStatus(root, key) }));
  const running = known.flatMap(({ kind, state, pid }) => (state === "running" && pid ? [{ kind, pid }] : []));
  return { left: known.filter(({ state }) => state !== "done").length / known.length, running };
}

/** Ends the victim at once; returns the kinds of the stages that died with it. */
export function killVictim(victim: Victim, sweep: Sweep, root: string): StageKind[] {
  const { running } = standingOf(root);
  if (victim !== "stage" && sweep.child.pid) kill(sweep.child.pid);
  if (victim === "runner") return [];
  return running.filter(({ pid }) => kill(pid)).map(({ kind }) => kind);
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
    return false;
  }
}

/** Names of what is being written: temporary siblings, journals of a store, parts of a corpus. */
export function halfWritten(root: string): string[] {
  const names = existsSync(root) ? readdirSync(root, { recursive: true, encoding: "utf8" }) : [];
  return names.filter((name) => /\.tmp-|-journal$|\.part$/.test(name));
}
