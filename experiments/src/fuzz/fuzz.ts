/**
 * @file Runs cases in a process of its own for a time, begins another where one dies or hangs, and counts how cases end.
 */
import { type ChildProcess, fork } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Orders, Told } from "./worker.js";

export interface FuzzOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly targets: readonly string[];
  readonly folder: string;
  /** Stops after so many cases of all targets together. */
  readonly cases?: number | undefined;
  /** Case of all at which to begin. */
  readonly from: number;
  /** Seconds that one case may take. */
  readonly patience: number;
  readonly say: (text: string) => void;
}

export interface Fuzzed {
  /** By target, then by how cases ended. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly cases: number;
  readonly faults: readonly string[];
}

const workerFile = join(import.meta.dirname, "worker.js");

export async function fuzz(o: FuzzOptions): Promise<Fuzzed> {
  const counts: Record<string, Record<string, number>> = {};
  const faults: string[] = [];
  const until = performance.now() + o.minutes * 60_000;
  const note = (fault: string) => {
    faults.push(fault);
    appendFileSync(join(o.folder, "faults.txt"), `${fault}\n`);
    o.say(fault.slice(0, 2000));
  };
  const count = (target: string, outcome: string) => {
    counts[target] ??= {};
    const own = counts[target] as Record<string, number>;
    own[outcome] = (own[outcome] ?? 0) + 1;
  };
  let done = 0;
  let next = o.from;
  while (performance.now() < until && done < (o.cases ?? Number.POSITIVE_INFINITY)) {
    const asked = o.cases === undefined ? {} : { cases: o.cases - done };
    const ended = await watch({ ...o, names: o.targets, from: next, ...asked }, until, (told) => {
      if ("begun" in told) return;
      done++;
      if ("outcome" in told) return count(told.target, told.outcome);
      count(told.target, "FAULT");
      note(`${told.target}, case ${told.case} of seed ${o.seed}: ${told.fault}`);
    });
    if (ended.why) {
      done++;
      const target = o.targets[ended.at % o.targets.length] as string;
      count(target, "FAULT");
      note(`${target}, case ${Math.floor(ended.at / o.targets.length)} of seed ${o.seed}: ${ended.why}`);
    }
    next = ended.at + 1;
  }
  return { counts, cases: done, faults };
}

/** One process, until it ends, is out of time, or a case takes too long; gives the last case, and what was wrong. */
async function watch(orders: Orders & Pick<FuzzOptions, "patience">, until: number, on: (told: Told) => void) {
  const child = fork(workerFile, {
    execArgv: ["--max-old-space-size=1536"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let at = orders.from;
  let begunMs = performance.now();
  let errors = "";
  child.stderr?.on("data", (text) => (errors = `${errors}${text}`.slice(-4000)));
  child.on("message", (told: Told) => {
    if ("begun" in told) [at, begunMs] = [told.begun, performance.now()];
    on(told);
  });
  child.send(orders);
  const exit = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code === 0 ? "" : `the process died (${signal ?? code}): ${errors}`));
  });
  const progress = () => ({ at, sinceMs: performance.now() - begunMs });
  const why = await Promise.race([exit, watchdog(child, until, progress, orders.patience)]);
  return { at, why };
}

/** Ends the process when a case takes too long, or, once time is over, when the case that is being tried has ended. */
async function watchdog(
  child: ChildProcess,
  until: number,
  progress: () => { readonly at: number; readonly sinceMs: number },
  patience: number,
): Promise<string> {
  let last: number | undefined;
  while (child.exitCode === null && child.signalCode === null) {
    await sleep(100);
    const { at, sinceMs } = progress();
    const isHanging = sinceMs > patience * 1000;
    if (performance.now() >= until) last ??= at;
    if (!isHanging && (last === undefined || last === at)) continue;
    child.kill("SIGKILL");
    return isHanging ? `no end within ${patience} seconds` : "";
  }
  // The exit says how it ended.
  return new Promise(() => {});
}
