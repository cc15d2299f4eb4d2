/**
 * @file Choosing a setting with a guarantee: Learn-then-Test, by fixed-sequence testing of bounded losses.
 *
 * A threshold that looks good on n prompts was chosen for looking good there. Here each candidate is a hypothesis, "its
 * mean loss is above δ", and only those that are rejected may be used.
 */

/** Largest share of its capital that the bet below stakes. */
const mostAtStake = 0.75;

/**
 * p-value of "the mean is above `limit`", for independent values that lie in [least, most].
 *
 * One bets against it, value by value, with stakes that grow where the values vary little; under the hypothesis the
 * capital is no larger than 1 on average, and exceeds 1/p at any time with a chance of at most p. Far smaller than
 * Hoeffding's exp(−2n (limit − mean)²) where the values vary little within their range.
 *
 * Holds    under the hypothesis P(p-value ≤ level) ≤ level, at every n
 * Source   I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting (2024), §4
 */
export function meanAbovePValue(
  values: readonly number[],
  { least, most, limit, level }: { least: number; most: number; limit: number; level: number },
): number {
  const m = (limit - least) / (most - least);
  if (m <= 0) return 1;
  const stakes = (2 * Math.log(1 / level)) / values.length;
  let [capital, best] = [0, 0];
  let [sum, squares] = [1 / 2, 1 / 4];
  values.forEach((value, i) => {
    const x = (value - least) / (most - least);
    const stake = Math.min(m < 1 ? mostAtStake / (1 - m) : mostAtStake, Math.sqrt((stakes * (i + 1)) / squares));
    capital += Math.log1p(-stake * (x - m));
    best = Math.max(best, capital);
    sum += x;
    squares += (x - sum / (i + 2)) ** 2;
  });
  return Math.exp(-best);
}

/**
 * Tests candidates in their order, as long as each is rejected at `level`; those before the first that is not.
 *
 * Holds    the chance that any of them is one whose hypothesis is true is at most `level`: no correction for their number
 * Source   A. Angelopoulos et al., Learn then Test (2021); T. Schuster et al., Confident Adaptive Language Modeling (2022)
 */
export async function fixedSequence<T>(
  candidates: readonly T[],
  pValue: (candidate: T) => Promise<number> | number,
  level: number,
): Promise<T[]> {
  const accepted: T[] = [];
  for (const candidate of candidates) {
    if ((await pValue(candidate)) > level) break;
    accepted.push(candidate);
  }
  return accepted;
}
