/** @file Medians with their spread, of runs that compiled nothing. */
import type { Engine } from "@sdtt/core/engine";
import { quantilesOf } from "@sdtt/core/statistics";
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
}

const rounded = (value: number) => Math.round(100 * value) / 100;

/** Shapes   times: at least one, in ms, in any order */
export function timingOf(times: readonly number[], tokens: number): Timing {
  const at = quantilesOf(times);
  return {
    ms: rounded(at(0.5)),
    tokens_per_s: Math.round((1e4 * tokens) / at(0.5)) / 10,
    quartiles: [rounded(at(0.25)), rounded(at(0.75))],
    fastest: rounded(at(0)),
    slowest: rounded(at(1)),
    runs: times.length,
  };
}

/** Times `repeats` runs after one that warms up. */
export async function timed(run: () => Promise<unknown>, repeats: number, tokens: number): Promise<Timing> {
  const [times = []] = await timesInTurn([run], repeats);
  return timingOf(times, tokens);
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
