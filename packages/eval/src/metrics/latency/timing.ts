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

/** What the processors did for this process, ms: what else the machine does moves it little. */
export const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Every run once to warm up, then all of them in turn, `repeats` times. Shapes   n runs → n × [repeats], ms
 *
 * @param now ms since any moment; default: the clock on the wall
 */
export async function timesInTurn(
  runs: readonly (() => Promise<unknown>)[],
  repeats: number,
  onRun: () => void = () => {},
  now: () => number = () => performance.now(),
): Promise<number[][]> {
  const times = runs.map(() => [] as number[]);
  for (let turn = 0; turn <= repeats; turn++) {
    for (const [k, run] of runs.entries()) {
      const started = now();
      await run();
      if (turn > 0) times[k]?.push(now() - started);
      onRun();
    }
  }
  return times;
}
