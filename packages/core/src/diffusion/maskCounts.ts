/**
 * @file The NELBO by the number of masked tokens in place of the time: the same bound, with nothing left to chance but
 * which tokens are masked.
 *
 * Masked each with chance q, a set S of j among L tokens has the chance q^j·(1 − q)^(L − j), and
 * ∫₀¹ q^(j − 1)·(1 − q)^(L − j) dq = (j − 1)!·(L − j)!/L! = 1/(j·C(L, j)). So the bound of a row,
 *
 *   1/L · ∫₀¹ 1/q · E_S|q [Σ_{i ∈ S} nll_i] dq  =  1/L · Σ_j E_{S of j tokens} [1/j · Σ_{i ∈ S} nll_i],
 *
 * is the mean NLL over the masked tokens when their number is uniform on 1 … L. Times drawn with weight 1/t
 * (`sampleTimes`) estimate the same from t ≥ 1e-3 on, with the noise of the binomial count on top.
 * Rejected: p(j) ∝ 1/√j with weight 1/(L·p(j)), the law of least variance if every token erred alike. With few masks
 * tokens err less, so that the spread over masks was larger, not smaller (0.043 and 0.037 nats of 64 rows).
 */
import type { RandomStream } from "../base/random.js";

/** The numbers of masked tokens for draws in [0, 1): uniform on `from` … `to`. */
export const uniformCounts = (uniforms: ArrayLike<number>, from: number, to: number): number[] =>
  Array.from(uniforms, (u) => from + Math.floor(u * (to - from + 1)));

const golden = (Math.sqrt(5) - 1) / 2;

/** n times the golden ratio's share, from `offset` on, modulo 1: spread evenly over [0, 1) in every run of n. */
export const evenShare = (n: number, offset = 0): number => (offset + n * golden) % 1;

/** `count` of 0 … length − 1, every such set with the same chance; in order. */
export function drawSet(random: RandomStream, length: number, count: number): number[] {
  return Array.from(random.permutation(length).subarray(0, count)).sort((a, b) => a - b);
}
