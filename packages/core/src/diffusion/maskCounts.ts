/**
 * @file The NELBO by the number of masked tokens in place of the time: the same bound, with nothing left to chance but
 * which tokens are masked.
 *
 * Masked each with chance q, a set S of j among L tokens has the chance q^j·(1 − q)^(L − j), and
 * ∫₀¹ q^(j − 1)·(1 − q)^(L − j) dq = (j − 1)!·(L − j)!/L! = 1/(j·C(L, j)). So the bound of a row,
 *
 *   1/L · ∫₀¹ 1/q · E_S|q [Σ_{i ∈ S} nll_i] dq  =  1/L · Σ_j E_{S of j tokens} [1/j · Σ_{i ∈ S} nll_i],
 *
 * is the mean NLL over the masked tokens when their number is uniform on 1 … L. Under another law p of the number the
 * row counts 1/(L·p(j)) times. If tokens were independent, the square of an estimate from j tokens would be off by 1/j of
 * a token's variance, and p ∝ 1/√j would be the law of least variance at equal cost; with the row's complement beside it,
 * p ∝ √(1/j + 1/(L − j)). Times drawn with weight 1/t (`sampleTimes`) estimate the same from t ≥ 1e-3 on, with the noise
 * of the binomial count on top.
 */
import type { RandomStream } from "../base/random.js";

export const countLawNames = ["uniform", "balanced"] as const;
export type CountLawName = (typeof countLawNames)[number];

/** A law of the number of masked tokens; `counts[i]` has chance `chances[i]`. */
export interface CountLaw {
  readonly counts: readonly number[];
  readonly chances: readonly number[];
}

/**
 * The law on `from` … `to`, of 1 … `length`.
 *
 * @param paired each row comes with its complement, of length − j tokens; a row masked whole is its own complement
 */
export function countLaw(
  name: CountLawName,
  length: number,
  { from = 1, to = length, paired = false }: { from?: number; to?: number; paired?: boolean } = {},
): CountLaw {
  const counts = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const variance = (j: number) => (!paired ? 1 / j : j === length ? 4 / length : 1 / j + 1 / (length - j));
  const shares = counts.map((j) => (name === "uniform" ? 1 : Math.sqrt(variance(j))));
  const sum = shares.reduce((total, share) => total + share, 0);
  return { counts, chances: shares.map((share) => share / sum) };
}

/** How often a row of `counts[i]` masked tokens counts: 1 on average over the law. */
export const countWeight = ({ counts, chances }: CountLaw, i: number): number =>
  1 / (counts.length * (chances[i] as number));

/** Places in the law for draws in [0, 1), by its distribution function. */
export function drawCounts({ chances }: CountLaw, uniforms: ArrayLike<number>): number[] {
  const ends: number[] = [];
  chances.reduce((sum, chance) => {
    ends.push(sum + chance);
    return sum + chance;
  }, 0);
  return Array.from(uniforms, (u) => {
    const found = ends.findIndex((end) => u < end);
    return found < 0 ? chances.length - 1 : found;
  });
}

/** `count` of 0 … length − 1, every such set with the same chance; in order. */
export function drawSet(random: RandomStream, length: number, count: number): number[] {
  return Array.from(random.permutation(length).subarray(0, count)).sort((a, b) => a - b);
}
