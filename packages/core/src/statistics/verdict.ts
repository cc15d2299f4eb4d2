/**
 * @file Is it better? A verdict that may be "cannot tell", corrected for how many are given at once.
 */
import { holm } from "./holm.js";
import type { Interval } from "./interval.js";
import { meanWithStderr } from "./mean.js";
import { type Effect, effectP, type Replicate } from "./randomEffects.js";

export type Verdict = "better" | "worse" | "cannot tell";

/** What an interval of a difference says by itself: "cannot tell" as long as it contains 0. */
export function verdictOf(interval: Pick<Interval, "low" | "high">, lowerIsBetter: boolean): Verdict {
  if (!(interval.low > 0 || interval.high < 0)) return "cannot tell";
  return interval.high < 0 === lowerIsBetter ? "better" : "worse";
}

/** How a family of verdicts is called beneath its table. */
export const familyNote = (verdicts: number, what: string): string =>
  `verdicts at 5 % for ${verdicts === 1 ? "one comparison" : `all ${verdicts} ${what} together (Holm)`}`;

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
  readonly seed: number;
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
    .sort(([a], [b]) => a - b)
    .flatMap(([seed, one]) => {
      const other = known.get(seed);
      return other === undefined ? [] : [[one, other] as const];
    });
}

function bySeed<T extends Pick<Seeded, "seed">>(rows: readonly T[]): Map<number, T> {
  const found = new Map<number, T>();
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

/**
 * Two models on the same items, item by item: the mean of ours − theirs over the items that both answered.
 *
 * Holds    what makes an item easy for both cancels, so its error is that of the differences alone
 * Throws   RangeError where they share fewer than two items
 */
export function pairedByItem(
  ours: ReadonlyMap<string, number>,
  theirs: ReadonlyMap<string, number>,
  model: string,
): Replicate & { readonly items: number } {
  const shared = [...ours].filter(([item]) => theirs.has(item));
  if (shared.length < 2) throw new RangeError(`items: two or more must be shared, got ${shared.length}`);
  const { value, stderr } = meanWithStderr(shared.map(([item, score]) => score - (theirs.get(item) as number)));
  return { value, stderr, model, items: shared.length };
}
