/**
 * @file An external program and all that it starts, as one thing that can be stopped: a process group.
 *
 * Its group is written down before it counts as running, so that what a runner that was killed left behind is ended by
 * the next one on the same host, and two trainers never write one folder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, writeFileAtomic } from "@sdtt/core/files";
import { beginningOf } from "../files/processes.js";

/** How long a program that was asked to stop may take to save. */
const graceMs = 45_000;

export interface Launched {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** File that says which group runs. */
  readonly groupFile: string;
  onLine(line: string): void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was asked to stop. */
  readonly stopped: boolean;
}

interface Group {
  readonly pid: number;
  readonly host: string;
  readonly beginning?: string | undefined;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  try {
    if (pid) process.kill(-pid, signal);
    return pid !== undefined;
  } catch {
    return false;
  }
}

/** Ends what an earlier attempt on this host left running. A number that another process has by now is let be. */
export async function endLeftover(groupFile: string): Promise<void> {
  let group: Group;
  try {
    group = JSON.parse(readFileSync(groupFile, "utf8"));
  } catch {
    return;
  }
  const isOther = isAlive(group.pid) && beginningOf(group.pid) !== group.beginning;
  if (group.host === hostname() && !isOther) {
    for (let tries = 0; signalGroup(group.pid, "SIGKILL") && tries < 100; tries++) await sleep(50);
  }
  rmSync(groupFile, { force: true });
}

function eachLine(stream: NodeJS.ReadableStream | null, tell: (line: string) => void): Promise<void> {
  if (!stream) return Promise.resolve();
  const lines = createInterface({ input: stream });
  lines.on("line", tell);
  return new Promise((resolve) => lines.once("close", resolve));
}

/** Starts the program; throws what `spawn` says where there is none of that name. */
async function started({ argv, env }: Launched): Promise<ChildProcess> {
  const [program, ...args] = argv as [string, ...string[]];
  const child = spawn(program, args, { env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  return child;
}

/** Runs it to its end. SIGTERM or SIGINT to this process asks the whole group to stop, and ends it after a while. */
export async function runProgram(launched: Launched): Promise<Ended> {
  const child = await started(launched);
  const { pid } = child;
  const group: Group = { pid: pid as number, host: hostname(), beginning: beginningOf(pid as number) };
  writeFileAtomic(launched.groupFile, JSON.stringify(group));
  let stopped = false;
  const kill = () => signalGroup(pid, "SIGKILL");
  const stop = () => {
    if (!stopped) setTimeout(kill, graceMs).unref();
    stopped = true;
    signalGroup(pid, "SIGTERM");
  };
  process.on("SIGTERM", stop).on("SIGINT", stop).once("exit", kill);
  try {
    const read = eachLine(child.stdout, launched.onLine);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once("exit", (...ended) => resolve(ended));
    });
    // What it started must not outlive it, and holds its output open.
    kill();
    await read;
    return { code, signal, stopped };
  } finally {
    process.off("SIGTERM", stop).off("SIGINT", stop).off("exit", kill);
    rmSync(launched.groupFile, { force: true });
  }
}
