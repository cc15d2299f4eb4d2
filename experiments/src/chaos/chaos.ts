/**
 * @file Kills a sweep at random moments, again and again, and compares what it ends with to an undisturbed one.
 *
 * Victims are the runner, its stages, or both; a quarter of the kills wait for a file that is being written, and every
 * second sweep keeps its stores with a rollback journal, whose writes can be seen from outside. Moments are drawn from a
 * seed, but when a process is where is the machine's business: a failure is a finding, not always repeatable.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { randomStream } from "@sdtt/core/base";
import { differencesOf, leftBehind, outcomeOf } from "./outcome.js";
import { halfWritten, killVictim, type Sweep, type SweepCommand, standingOf, startSweep, victims } from "./victims.js";

export interface ChaosOptions extends SweepCommand {
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
  /** Kills of the runner, of stages alone, of both; and stages that died, by kind. */
  readonly byVictim: Readonly<Record<string, number>>;
  readonly byStage: Readonly<Record<string, number>>;
  /** Kills at a moment when something was being written, and those after which it lay there half-written. */
  readonly duringWrites: number;
  readonly leftHalfWritten: number;
  /** What was not as it should be; nothing in a good run. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

type Tally = { -readonly [K in "kills" | "duringWrites" | "leftHalfWritten"]: number } & {
  readonly byVictim: Record<string, number>;
  readonly byStage: Record<string, number>;
};

const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Waits until something is being written, or `untilMs`. */
async function writing(root: string, sweep: Sweep, untilMs: number): Promise<boolean> {
  while (!sweep.over() && performance.now() < untilMs) {
    if (halfWritten(root).length > 0) return true;
    await sleep(1);
  }
  return false;
}

type Random = ReturnType<typeof randomStream>;

/** Kills something at some moment of what is left of the sweep, unless it is over by then. */
async function killOnce(sweep: Sweep, root: string, usualMs: number, random: Random, tally: Tally): Promise<void> {
  const victim = victims[random.integer(victims.length)] as (typeof victims)[number];
  const atWrite = random.uniform() < 0.25;
  const mostMs = Math.max(0.2, standingOf(root).left) * usualMs;
  await Promise.race([sleep(random.uniform() * mostMs), sweep.ended]);
  const caught = atWrite && (await writing(root, sweep, performance.now() + mostMs));
  if (sweep.over()) return;
  for (const kind of killVictim(victim, sweep, root)) count(tally.byStage, kind);
  tally.kills++;
  count(tally.byVictim, victim);
  if (caught) tally.duringWrites++;
  // A runner whose stage was killed tries it again by itself.
  if (victim !== "stage") await sweep.ended;
  if (halfWritten(root).length > 0) tally.leftHalfWritten++;
}

/** One sweep, killed a few times, then let through; what was wrong with it. */
async function disturbed(
  o: ChaosOptions,
  root: string,
  start: () => Sweep,
  usualMs: number,
  random: Random,
  tally: Tally,
) {
  let sweep = start();
  for (let i = 0; i < o.killsPerSweep && tally.kills < o.kills; i++) {
    await killOnce(sweep, root, usualMs, random, tally);
    if (!sweep.over()) continue;
    if ((await sweep.ended) === 0) break;
    sweep = start();
  }
  const code = await sweep.ended;
  return code === 0 ? [] : [`the last sweep ended with exit code ${code}: ${sweep.said().trim().split("\n").at(-1)}`];
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
  const tally: Tally = { kills: 0, duringWrites: 0, leftHalfWritten: 0, byVictim: {}, byStage: {} };
  const faults: string[] = [...leftBehind(undisturbed)];
  let sweeps = 0;
  while (tally.kills < o.kills) {
    const root = join(o.folder, `disturbed-${sweeps}`);
    const env = { SDTT_STORE_JOURNAL: sweeps % 2 === 0 ? "rollback" : "wal" };
    const failed = await disturbed(o, root, () => startSweep(o, root, env), usualMs, random, tally);
    const differ = failed.length > 0 ? [] : differencesOf(wanted, outcomeOf(root)).map((name) => `differs: ${name}`);
    const found = [...failed, ...differ, ...leftBehind(root)].map((fault) => `sweep ${sweeps}: ${fault}`);
    faults.push(...found);
    sweeps++;
    o.say(`${tally.kills} kills in ${sweeps} sweeps, ${faults.length} faults`);
    if (found.length === 0) rmSync(root, { recursive: true, force: true });
  }
  return { ...tally, sweeps, faults, seconds: (performance.now() - started) / 1000 };
}
