/**
 * @file Kills a sweep at random moments, again and again, and compares what it ends with to an undisturbed one.
 *
 * Victims are the runner, its stages, or both; a quarter of the kills wait for a file that is being written. Moments are
 * drawn from a seed, but when a process is where is the machine's business: a failure is a finding, not always repeatable.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { randomStream } from "@sdtt/core";
import { differencesOf, leftBehind, outcomeOf } from "./outcome.js";

export interface ChaosOptions {
  /** The command line of `experiments`. */
  readonly program: string;
  readonly spec: string;
  /** An empty folder. */
  readonly folder: string;
  readonly kills: number;
  /** Kills of one sweep before it is let through. */
  readonly killsPerSweep: number;
  readonly seed: number;
  say(text: string): void;
}

export interface ChaosReport {
  readonly kills: number;
  readonly sweeps: number;
  readonly byVictim: Readonly<Record<string, number>>;
  readonly duringWrites: number;
  /** What was not as it should be; nothing in a good run. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

type Random = ReturnType<typeof randomStream>;

interface Sweep {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  over(): boolean;
  said(): string;
}

function startSweep({ program, spec }: ChaosOptions, root: string): Sweep {
  const args = [program, "sweep", `--spec=${spec}`, `--root=${root}`, "--threads=1", "--workers=1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
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

/** Process numbers of the stages that run now, by their status files. */
function stagePids(root: string): number[] {
  const folder = join(root, "stages");
  const keys = existsSync(folder) ? readdirSync(folder) : [];
  return keys.flatMap((key) => {
    try {
      const { state, pid } = JSON.parse(readFileSync(join(folder, key, "status.json"), "utf8"));
      return state === "running" && pid ? [pid as number] : [];
    } catch {
      return [];
    }
  });
}

const victims = ["runner", "stage", "both"] as const;

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}

function killVictims(victim: (typeof victims)[number], sweep: Sweep, root: string): void {
  const stages = stagePids(root);
  if (victim !== "stage" && sweep.child.pid) kill(sweep.child.pid);
  if (victim !== "runner") stages.forEach(kill);
}

/** Waits until something is half-written: a temporary sibling, a journal, a log that SQLite has not folded in. */
async function writing(root: string, sweep: Sweep, untilMs: number): Promise<boolean> {
  while (!sweep.over() && performance.now() < untilMs) {
    const names = existsSync(root) ? readdirSync(root, { recursive: true, encoding: "utf8" }) : [];
    if (names.some((name) => /\.tmp-|-journal$|\.part$/.test(name))) return true;
    await sleep(1);
  }
  return false;
}

interface Tally {
  kills: number;
  duringWrites: number;
  readonly byVictim: Record<string, number>;
}

/** One sweep, killed a few times, then let through; what was wrong with it. */
async function disturbed(
  o: ChaosOptions,
  root: string,
  usualMs: number,
  random: Random,
  tally: Tally,
): Promise<string[]> {
  for (let i = 0; i < o.killsPerSweep && tally.kills < o.kills; i++) {
    const sweep = startSweep(o, root);
    const victim = victims[random.integer(victims.length)] as (typeof victims)[number];
    const atWrite = random.uniform() < 0.25;
    const started = performance.now();
    await Promise.race([sleep(random.uniform() * usualMs), sweep.ended]);
    const caught = atWrite && (await writing(root, sweep, started + 2 * usualMs));
    if (!sweep.over()) {
      killVictims(victim, sweep, root);
      tally.kills++;
      tally.byVictim[victim] = (tally.byVictim[victim] ?? 0) + 1;
      if (caught) tally.duringWrites++;
      // A runner whose stage was killed tries it again by itself; now it is killed as well, so that the next begins.
      if (victim === "stage" && random.uniform() < 0.5 && sweep.child.pid) kill(sweep.child.pid);
    }
    if (victim === "stage" || sweep.over()) {
      const code = await sweep.ended;
      if (code === 0) break;
    } else await sweep.ended;
  }
  const last = startSweep(o, root);
  const code = await last.ended;
  return code === 0 ? [] : [`the last sweep ended with exit code ${code}: ${last.said().trim().split("\n").at(-1)}`];
}

/** Runs until `kills` processes were killed. */
export async function chaos(o: ChaosOptions): Promise<ChaosReport> {
  const started = performance.now();
  const undisturbed = join(o.folder, "undisturbed");
  const first = startSweep(o, undisturbed);
  if ((await first.ended) !== 0) throw new Error(`the undisturbed sweep failed: ${first.said()}`);
  const usualMs = performance.now() - started;
  const wanted = outcomeOf(undisturbed);
  o.say(`undisturbed: ${(usualMs / 1000).toFixed(1)} s, ${Object.keys(wanted).length} files and rows to compare`);
  const random = randomStream(o.seed, "chaos");
  const tally: Tally = { kills: 0, duringWrites: 0, byVictim: {} };
  const faults: string[] = [...leftBehind(undisturbed)];
  let sweeps = 0;
  while (tally.kills < o.kills) {
    const root = join(o.folder, `disturbed-${sweeps}`);
    const failed = await disturbed(o, root, usualMs, random, tally);
    const differ = failed.length > 0 ? [] : differencesOf(wanted, outcomeOf(root)).map((name) => `differs: ${name}`);
    const found = [...failed, ...differ, ...leftBehind(root)].map((fault) => `sweep ${sweeps}: ${fault}`);
    faults.push(...found);
    sweeps++;
    o.say(`${tally.kills} kills in ${sweeps} sweeps, ${faults.length} faults`);
    if (found.length === 0) rmSync(root, { recursive: true, force: true });
  }
  const { kills, duringWrites, byVictim } = tally;
  return { kills, sweeps, byVictim, duringWrites, faults, seconds: (performance.now() - started) / 1000 };
}
