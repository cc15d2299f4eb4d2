/**
 * @file q(xt | x0): masking a clean batch at random times.
 */
import type { RandomStream } from "../base/random.js";
import { moveChanceAt } from "./schedule.js";

/**
 * One time a row, low-discrepancy: stratified over the batch with a shared offset, in [tMin, 1].
 *
 * Source   arXiv 2410.21035 published code, absorbing.py:149-162: (u + i/B) mod 1, scaled to [tMin, 1]
 */
export function sampleTimes(random: RandomStream, batch: number, tMin: number, tMax = 1): Float64Array {
  const offset = random.uniform();
  return Float64Array.from({ length: batch }, (_, i) => ((offset + i / batch) % 1) * (tMax - tMin) + tMin);
}

/**
 * Masks each token of row b with probability `moveChanceAt(t[b])`.
 *
 * Shapes   x0 [B·L] · t [B] → xt [B·L]
 * Holds    a token is kept as it is or becomes the mask token
 */
export function maskTokens(random: RandomStream, x0: Int32Array, t: Float64Array, maskId: number): Int32Array {
  const length = x0.length / t.length;
  const draws = random.uniforms(x0.length);
  return x0.map((token, i) =>
    (draws[i] as number) < moveChanceAt(t[Math.floor(i / length)] as number) ? maskId : token,
  );
}

/** Indices into B·L where `xt` is masked. */
export function maskedPositions(xt: Int32Array, maskId: number): number[] {
  const positions: number[] = [];
  for (let i = 0; i < xt.length; i++) if (xt[i] === maskId) positions.push(i);
  return positions;
}
