/**
 * @file Drawing one token from a row of logits: inverse CDF in double precision.
 *
 * Rejected: the Gumbel trick in float32, whose capped noise cuts rare tokens off and fakes quality at many steps
 * (SDTT.md §3: the same model scores 104.85 in float64 and 40.7 in float32).
 */
import { exponential } from "./exponential.js";

/** exp((logit − highest) / temperature) of the row looked at last: computed once for the sum and for the search. */
let masses = new Float64Array(0);

/** Fills `masses` for a row but its last. Returns the highest logit, and the sum. */
function massOf(logits: Float32Array, offset: number, size: number, temperature = 1): { peak: number; total: number } {
  const count = size - 1;
  if (masses.length < count) masses = new Float64Array(count);
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) if ((logits[offset + i] as number) > peak) peak = logits[offset + i] as number;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const mass = exponential(((logits[offset + i] as number) - peak) / temperature);
    masses[i] = mass;
    total += mass;
  }
  return { peak, total };
}

/** ln Σ exp over a row of `size` logits, of which the last, the mask token's, never occurs. */
export function logSumExp(logits: Float32Array, offset: number, size: number): number {
  const { peak, total } = massOf(logits, offset, size);
  return peak + Math.log(total);
}

/** softmax(logits / temperature) without the mask token. Shapes   a row of `size` at `offset` → [size], the last 0 */
export function tokenLaw(logits: Float32Array, offset: number, size: number, temperature = 1): Float64Array {
  const { total } = massOf(logits, offset, size, temperature);
  const law = new Float64Array(size);
  for (let i = 0; i < size - 1; i++) law[i] = (masses[i] as number) / total;
  return law;
}

/**
 * The token whose cumulative probability first exceeds u.
 *
 * Shapes   logits, a row of V starting at `offset`; the last id (the mask token) is never drawn
 * Units    u in [0, 1)
 * Holds    over uniform u the law is softmax(logits / temperature) without the mask token
 */
export function drawToken(logits: Float32Array, offset: number, size: number, u: number, temperature = 1): number {
  const { total } = massOf(logits, offset, size, temperature);
  let left = u * total;
  let last = 0;
  for (let i = 0; i < size - 1; i++) {
    const mass = masses[i] as number;
    if (mass > 0) last = i;
    left -= mass;
    if (left < 0) return i;
  }
  return last;
}

/** The most probable token, the mask token left out. */
export function likeliestToken(logits: Float32Array, offset: number, size: number): number {
  let best = offset;
  for (let i = offset; i < offset + size - 1; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best - offset;
}
