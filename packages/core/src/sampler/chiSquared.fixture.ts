/**
 * @file Pearson's test of counts against a law, for tests with a fixed seed.
 *
 * The limit is four standard deviations out (about 3 in 100 000 by chance), so a test that passes once passes always
 * and an error of a few per cent is seen at some ten thousand draws.
 */
export interface ChiSquared {
  readonly statistic: number;
  /** What the statistic of a true law stays below. */
  readonly limit: number;
}

/** Shapes   counts, law [C]; outcomes of probability zero must not occur. */
export function chiSquared(counts: readonly number[], law: readonly number[]): ChiSquared {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const possible = law.filter((probability) => probability > 0).length;
  const statistic = counts.reduce((sum, count, i) => {
    const expected = total * (law[i] as number);
    if (expected === 0) return count === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  return { statistic, limit: quantile(possible - 1, 4) };
}

/** Wilson and Hilferty's cube: the value of `freedom` degrees at `z` standard deviations. */
function quantile(freedom: number, z: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + z * Math.sqrt(spread)) ** 3;
}
