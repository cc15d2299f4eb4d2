/**
 * @file Gumbel noise as a race: a_v = e^(−g_v) are times of even chance, Exp(1), and token v with law q arrives at a_v / q_v.
 *
 * argmax(log q + g) is who arrives first, and softmax(g)_v ∝ 1/a_v. Written so, what couples a row to the noise it would have been
 * drawn with costs one logarithm a token. Source   arXiv 2603.22216
 */
import type { RandomStream } from "../base/random.js";

/** The smallest double of full precision: no time is 0. */
const smallest = 2 ** -1022;

/** 1 − u is above 0; −ln of the largest is 2⁻⁵³. */
const time = (u: number): number => Math.max(-Math.log(1 - u), 2 ** -53);

/** Times of Gumbel noise that knows of nothing. Shapes   → [tokens] */
export function freeTimes(random: RandomStream, tokens: number): Float64Array {
  return random.uniforms(tokens).map(time);
}

/**
 * Times of the noise that made `token` arrive first under the law `q`: the first comes at A ~ Exp(1), the others later than it.
 *
 * Holds    the token arrives first
 * Holds    over tokens drawn from q, the times are independent and Exp(1)
 * Source   arXiv 2603.22216: g of the token is ξ₀ − ln q, of others −ln(e^(−ξ_v) + q_v e^(−ξ₀)), with e^(−ξ) ~ Exp(1)
 */
export function coupledTimes(random: RandomStream, q: Float64Array, token: number): Float64Array {
  const times = freeTimes(random, q.length);
  const first = times[token] as number;
  for (let v = 0; v < times.length; v++) times[v] = (v === token ? 0 : (times[v] as number)) + first * (q[v] as number);
  times[token] = Math.max(times[token] as number, smallest);
  return times;
}

/** softmax(g) of times, into `into` at `offset`. Shapes   times [tokens] */
export function raceShares(times: Float64Array, into: Float32Array, offset: number): void {
  let least = Number.POSITIVE_INFINITY;
  for (const one of times) if (one < least) least = one;
  let sum = 0;
  for (const one of times) sum += least / one;
  for (let v = 0; v < times.length; v++) into[offset + v] = least / (times[v] as number) / sum;
}
