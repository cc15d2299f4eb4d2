/**
 * @file Medians with their spread, of runs that compiled nothing.
 *
 * Beside the time that passed stands the processor time of all threads. On a machine that others use too, and with one
 * thread, so that none waits for another, it says what a run costs where the clock says who else was there.
 */
import type { Engine } from "@sdtt/core/engine";
import { median, quantilesOf } from "@sdtt/core/statistics";
import { timesInTurn } from "@sdtt/eval/metrics";

/** Keys as the peer prints them, and the spread. */
export interface Timing {
  /** Median. */
  readonly ms: number;
  readonly tokens_per_s: number;
  readonly quartiles: readonly [number, number];
  readonly fastest: number;
  readonly slowest: number;
  readonly runs: number;
  /** Median of the process's time on processors, where it was taken. */
  readonly cpu_ms?: number;
}

/** Time on processors since `since` or since the process began, ms. */
export function cpuMs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

const rounded = (value: number) => Math.round(100 * value) / 100;

/** Shapes   times: at least one, in ms, in any order; cpu: as many, or none */
export function timingOf(times: readonly number[], tokens: number, cpu: readonly number[] = []): Timing {
  const at = quantilesOf(times);
  return {
    ms: rounded(at(0.5)),
    tokens_per_s: Math.round((1e4 * tokens) / at(0.5)) / 10,
    quartiles: [rounded(at(0.25)), rounded(at(0.75))],
    fastest: rounded(at(0)),
    slowest: rounded(at(1)),
    runs: times.length,
    ...(cpu.length > 0 && { cpu_ms: rounded(median(cpu)) }),
  };
}

/** Times `repeats` runs after one that warms up. */
export async function timed(run: () => Promise<unknown>, repeats: number, tokens: number): Promise<Timing> {
  const cpu: number[] = [];
  const watched = async () => {
    const began = process.cpuUsage();
    await run();
    cpu.push(cpuMs(began));
  };
  const [times = []] = await timesInTurn([watched], repeats);
  return timingOf(times, tokens, cpu.slice(-repeats));
}

/** An engine that tells how often and how long it has compiled. */
export interface CountingEngine extends Engine {
  readonly compiled: { readonly programs: number; readonly ms: number };
}

export function countingCompiles(engine: Engine): CountingEngine {
  const compiled = { programs: 0, ms: 0 };
  return {
    ...engine,
    compiled,
    async compile(...given) {
      const start = performance.now();
      const program = await engine.compile(...given);
      compiled.programs++;
      compiled.ms += performance.now() - start;
      return program;
    },
  };
}
