/**
 * @file Times of several runs taken in turn, so that what else the machine does falls on all of them alike.
 */
import { quantilesOf } from "@sdtt/core/statistics";

/** Median and quartiles, ms. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** Of at least one time, in any order. */
export function spreadOf(times: readonly number[]): Spread {
  const at = quantilesOf(times);
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: times.length };
}

/** Every run once to warm up, then all of them in turn, `repeats` times. Shapes   n runs → n × [repeats], ms */
export async function timesInTurn(
  runs: readonly (() => Promise<unknown>)[],
  repeats: number,
  onRun: () => void = () => {},
): Promise<number[][]> {
  const times = runs.map(() => [] as number[]);
  for (let turn = 0; turn <= repeats; turn++) {
    for (const [k, run] of runs.entries()) {
      const started = performance.now();
      await run();
      if (turn > 0) times[k]?.push(performance.now() - started);
      onRun();
    }
  }
  return times;
}
