/**
 * @file Top-p (nucleus) sampling: tokens outside the likeliest p of the mass are never drawn.
 *
 * It sharpens, as a low temperature does, so a figure made with it says so in its row.
 */

import { drawToken, tokenLaw } from "./categorical.js";

/** How tokens are drawn from logits. */
export interface TokenLaw {
  readonly temperature: number;
  /** 1 leaves all tokens in. */
  readonly topP: number;
}

/**
 * The smallest set of likeliest tokens whose mass is `topP` or more, by descending probability, ties by id.
 *
 * What lies below (1 − p)/V sums to less than 1 − p and cannot be in the set, so only the rest is sorted.
 */
export function nucleus(law: Float64Array, topP: number): number[] {
  const least = (1 - topP) / law.length;
  const candidates: number[] = [];
  for (let v = 0; v < law.length; v++) if ((law[v] as number) > least) candidates.push(v);
  candidates.sort((a, b) => (law[b] as number) - (law[a] as number) || a - b);
  let mass = 0;
  const enough = candidates.findIndex((v) => {
    mass += law[v] as number;
    return mass >= topP;
  });
  return enough < 0 ? candidates : candidates.slice(0, enough + 1);
}

/** What `drawTokenBy` draws from: softmax(logits / temperature), cut to its nucleus and renormalised. [size], the last 0 */
export function lawBy({ temperature, topP }: TokenLaw, logits: Float32Array, offset: number, size: number) {
  const law = tokenLaw(logits, offset, size, temperature);
  if (topP >= 1) return law;
  const cut = new Float64Array(size);
  const kept = nucleus(law, topP);
  const mass = kept.reduce((sum, v) => sum + (law[v] as number), 0);
  for (const v of kept) cut[v] = (law[v] as number) / mass;
  return cut;
}

/** The index at which the cumulative sum of `weights`, which need not add up to 1, first exceeds the share u of all. */
export function drawIndex(weights: ArrayLike<number>, u: number): number {
  let [left, last] = [0, 0];
  for (let i = 0; i < weights.length; i++) left += weights[i] as number;
  left *= u;
  for (let i = 0; i < weights.length; i++) {
    if ((weights[i] as number) > 0) last = i;
    left -= weights[i] as number;
    if (left < 0) return i;
  }
  return last;
}

/**
 * Draws a token by inverse CDF in float64.
 *
 * Holds    over uniform u the law is softmax(logits / temperature), cut to its nucleus and renormalised
 */
export function drawTokenBy(
  { temperature, topP }: TokenLaw,
  logits: Float32Array,
  offset: number,
  size: number,
  u: number,
): number {
  if (topP >= 1) return drawToken(logits, offset, size, u, temperature);
  const law = tokenLaw(logits, offset, size, temperature);
  const kept = nucleus(law, topP).sort((a, b) => a - b);
  let left = u * kept.reduce((sum, v) => sum + (law[v] as number), 0);
  for (const v of kept) {
    left -= law[v] as number;
    if (left < 0) return v;
  }
  return kept.at(-1) as number;
}
