/**
 * @file Is it better? Intervals by bootstrap or Student's t, and a verdict that may be "cannot tell".
 *
 * Two things vary and are kept apart: which samples were drawn (over samples, at one seed) and which seed a model was
 * trained or sampled under (over seeds). Only the second says whether a finding is one about the method.
 */
import type { RandomStream } from "@sdtt/core";
import { type Estimated, type Interval, mean, meanWithStderr, tInterval } from "./statistics.js";

export type Verdict = "better" | "worse" | "cannot tell";

export interface Judgement {
  readonly verdict: Verdict;
  readonly level: number;
  /** Of the difference or log ratio; absent where there are too few values for one. */
  readonly interval?: Interval;
  readonly n: number;
}

export interface CompareOptions {
  /** Of the interval; default: 0.95. */
  readonly level?: number;
  readonly lowerIsBetter: boolean;
}

/** What an interval of a difference says: "cannot tell" as long as it contains 0. */
export function verdictOf(interval: Pick<Interval, "low" | "high">, lowerIsBetter: boolean): Verdict {
  if (!(interval.low > 0 || interval.high < 0)) return "cannot tell";
  return interval.high < 0 === lowerIsBetter ? "better" : "worse";
}

/**
 * Compares values that belong together (the same seed, the same item): a t-interval of the mean of ours − theirs.
 *
 * Holds    "cannot tell" without an interval for fewer than two pairs
 * Throws   RangeError when there are not as many of one as of the other
 */
export function comparePaired(
  ours: readonly number[],
  theirs: readonly number[],
  { level = 0.95, lowerIsBetter }: CompareOptions,
): Judgement {
  const n = ours.length;
  if (theirs.length !== n)
    throw new RangeError(`comparePaired: as many of one as of the other, got ${n} and ${theirs.length}`);
  const differences = ours.map((value, i) => value - (theirs[i] as number));
  if (n < 2 || differences.some(Number.isNaN)) return { verdict: "cannot tell", level, n };
  const interval = tInterval(differences, level);
  return { verdict: verdictOf(interval, lowerIsBetter), level, interval, n };
}

export interface Seeded {
  readonly seed: number;
  readonly value: number;
}

/** Pairs of the seeds that both have, ascending; a seed that only one has is left out. */
export function bySharedSeeds(ours: readonly Seeded[], theirs: readonly Seeded[]): [number, number][] {
  const known = new Map(theirs.map(({ seed, value }) => [seed, value]));
  const shared = ours.filter(({ seed }) => known.has(seed)).sort((a, b) => a.seed - b.seed);
  return shared.map(({ seed, value }) => [value, known.get(seed) as number]);
}

/** `comparePaired` on logarithms, for perplexities: its interval is of ln(ours/theirs). */
export function compareRatios(ours: readonly Seeded[], theirs: readonly Seeded[], options: CompareOptions): Judgement {
  const pairs = bySharedSeeds(ours, theirs);
  return comparePaired(
    pairs.map(([value]) => Math.log(value)),
    pairs.map(([, value]) => Math.log(value)),
    options,
  );
}

export interface TwoErrors {
  readonly value: number;
  /** Of one seed's value, from its samples: root mean square over seeds. */
  readonly overSamples: number;
  /** Of the mean over seeds; NaN for one seed. */
  readonly overSeeds: number;
  readonly seeds: number;
}

/** Both standard errors of a figure that was measured under several seeds. */
export function twoErrors(values: readonly Estimated[]): TwoErrors {
  const { value, stderr } = meanWithStderr(values.map((one) => one.value));
  const overSamples = Math.sqrt(mean(values.map((one) => one.stderr ** 2)));
  return { value, overSamples, overSeeds: stderr, seeds: values.length };
}

/** Fewest samples that a bootstrap interval is given for. */
export const fewestForBootstrap = 8;

export interface BootstrapOptions {
  readonly random: RandomStream;
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
