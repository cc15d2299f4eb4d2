/**
 * @file Percentile bootstrap over items, for what has no formula of its error.
 */
import type { Interval } from "./interval.js";

/** Fewest items that a bootstrap interval is given for. */
export const fewestForBootstrap = 8;

export interface BootstrapOptions {
  /** Draws uniformly on [0, 1): a stream of `randomStream`. */
  readonly random: { uniforms(count: number): Float64Array };
  /** Default: 1000. */
  readonly resamples?: number;
  readonly level?: number;
}

/**
 * Percentile bootstrap of a statistic of n items.
 *
 * @param statistic of the items at `indices` [n], drawn with replacement; undefined where it does not exist
 * Holds    undefined for fewer than 8 items, where the statistic of all does not exist, or in over 5 % of the resamples
 */
export function bootstrap(
  n: number,
  statistic: (indices: Int32Array) => number | undefined,
  { random, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Interval | undefined {
  const all = statistic(Int32Array.from({ length: n }, (_, i) => i));
  if (n < fewestForBootstrap || all === undefined) return undefined;
  const found = Array.from({ length: resamples }, () =>
    statistic(Int32Array.from(random.uniforms(n), (u) => Math.floor(u * n))),
  ).filter((value) => value !== undefined);
  if (found.length < 0.95 * resamples) return undefined;
  found.sort((a, b) => a - b);
  const at = (share: number) => found[Math.min(found.length - 1, Math.floor(share * found.length))] as number;
  return { mean: all, low: at((1 - level) / 2), high: at((1 + level) / 2), n };
}
