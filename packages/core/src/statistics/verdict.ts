/**
 * @file Is it better? A verdict that may be "cannot tell", corrected for how many are given at once.
 */
import { holm } from "./holm.js";
import type { Interval } from "./interval.js";
import { ratioWithStderr } from "./mean.js";
import { type Effect, effectP, type Replicate } from "./randomEffects.js";

export type Verdict = "better" | "worse" | "cannot tell";

/** What an interval of a difference says by itself: "cannot tell" as long as it contains 0. */
export function verdictOf(interval: Pick<Interval, "low" | "high">, lowerIsBetter: boolean): Verdict {
  if (!(interval.low > 0 || interval.high < 0)) return "cannot tell";
  return interval.high < 0 === lowerIsBetter ? "better" : "worse";
}

/** How a family of verdicts is called beneath its table. */
export function familyNote(verdicts: number, what: string): string {
  if (verdicts === 0) return "no verdicts";
  return `verdicts at 5 % for ${verdicts === 1 ? "one comparison" : `all ${verdicts} ${what} together (Holm)`}`;
}

/**
 * Verdicts of all comparisons of a table: a difference of the mean from 0, at 5 % for all of them together.
 *
 * @param effects on a scale on which more than 0 is better; undefined where there is nothing to compare
 * Holds    a family of no difference has one verdict or more in at most one of twenty tables
 */
export function familyVerdicts(effects: readonly (Effect | undefined)[], level = 0.95): (Verdict | undefined)[] {
  const known = effects.filter((effect) => effect !== undefined);
  const adjusted = holm(known.map((effect) => effectP(effect)));
  const verdicts = new Map(
    known.map((effect, i) => {
      const isTold = (adjusted[i] as number) <= 1 - level;
      return [effect, !isTold ? "cannot tell" : effect.mean > 0 ? "better" : "worse"] as const;
    }),
  );
  return effects.map((effect) => effect && verdicts.get(effect));
}

export interface Seeded {
  /** What makes pairs: the training's seed, the draws', or both. */
  readonly seed: number | string;
  readonly value: number;
  readonly stderr: number | null;
  readonly model: string;
}

/**
 * Pairs of the seeds that both have, ascending; a seed that only one has is left out.
 *
 * Throws   RangeError when one of them has a seed twice: two models are never one seed
 */
export function bySharedSeeds<T extends Pick<Seeded, "seed">>(
  ours: readonly T[],
  theirs: readonly T[],
): (readonly [T, T])[] {
  const known = bySeed(theirs);
  return [...bySeed(ours)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([seed, one]) => {
      const other = known.get(seed);
      return other === undefined ? [] : [[one, other] as const];
    });
}

function bySeed<T extends Pick<Seeded, "seed">>(rows: readonly T[]): Map<T["seed"], T> {
  const found = new Map<T["seed"], T>();
  for (const row of rows) {
    if (found.has(row.seed))
      throw new RangeError(`seeds: each must be there once to be paired, got seed ${row.seed} twice`);
    found.set(row.seed, row);
  }
  return found;
}

/**
 * ln(ours/theirs) seed by seed, for perplexities. Their samples are taken as independent, which is careful where they
 * share draws.
 */
export function lnRatios(ours: readonly Seeded[], theirs: readonly Seeded[]): Replicate[] {
  return bySharedSeeds(ours, theirs).map(([one, other]): Replicate => {
    const [a, b] = [one, other].map(({ value, stderr }) => (stderr === null ? Number.NaN : stderr / value));
    const stderr = Math.hypot(a as number, b as number);
    return { value: Math.log(one.value / other.value), stderr: Number.isNaN(stderr) ? null : stderr, model: one.model };
  });
}

/** What a figure is made of, item by item: Σ sums / Σ counts, or the mean of the sums where counts are one each. */
export interface ItemSums {
  readonly sums: ArrayLike<number>;
  readonly counts?: ArrayLike<number> | null;
}

/**
 * Two models on the same items in the same order, item by item: ours − theirs, of means or of ratios of sums.
 *
 * Of perplexities this is ln(ours/theirs), of accuracies the difference of shares.
 *
 * Holds    what makes an item easy for both cancels, so its error is that of the differences alone
 * Throws   RangeError where they are not as many, or fewer than two
 */
export function pairedByItem(ours: ItemSums, theirs: ItemSums, model: string): Replicate {
  const n = ours.sums.length;
  if (theirs.sums.length !== n || n < 2) {
    throw new RangeError(`items: two or more must be shared, got ${n} and ${theirs.sums.length}`);
  }
  const differences = Float64Array.from({ length: n }, (_, i) => (ours.sums[i] as number) - (theirs.sums[i] as number));
  const counts = ours.counts ?? new Float64Array(n).fill(1);
  const { value, stderr } = ratioWithStderr(differences, counts);
  return { value, stderr: Number.isNaN(stderr) ? null : stderr, model };
}
