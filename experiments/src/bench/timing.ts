/** @file Medians with their spread, of runs that compiled nothing. */
import type { Engine } from "@sdtt/core";

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
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)].map((i) => sorted[i] as number) as [number, number];
    return low + (place - Math.floor(place)) * (high - low);
  };
  return {
    ms: rounded(at(0.5)),
    tokens_per_s: Math.round((1e4 * tokens) / at(0.5)) / 10,
    quartiles: [rounded(at(0.25)), rounded(at(0.75))],
    fastest: rounded(at(0)),
    slowest: rounded(at(1)),
    runs: sorted.length,
  };
}

/** Times `repeats` runs after one that warms up. */
export async function timed(run: () => Promise<unknown>, repeats: number, tokens: number): Promise<Timing> {
  await run();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
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
