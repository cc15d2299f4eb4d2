/**
 * @file Drawing one token from a row of logits: inverse CDF in double precision.
 *
 * Rejected: the Gumbel trick in float32, whose capped noise cuts rare tokens off and fakes quality at many steps
 * (docs/method.md, 4: the same model scores 104.85 in float64 and 40.7 in float32).
 */
import { exponential } from "./exponential.js";

/** Tokens whose masses are summed at once: a draw looks for its block, then only in there. */
const block = 512;
/** Σ of the masses in each block of the row looked at last. */
let sums = new Float64Array(1);

function highest(logits: Float32Array, offset: number, end: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = offset; i < end; i++) if ((logits[i] as number) > peak) peak = logits[i] as number;
  return peak;
}

/** Σ exp((logit − peak) · sharpness) from `from` to before `to`. */
function massBetween(logits: Float32Array, from: number, to: number, peak: number, sharpness: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += exponential(((logits[i] as number) - peak) * sharpness);
  return sum;
}

/** Fills `sums` for a row but its last. Returns the highest logit, and the sum of the masses relative to its own. */
function massOf(logits: Float32Array, offset: number, size: number, sharpness: number) {
  const end = offset + size - 1;
  const peak = highest(logits, offset, end);
  const blocks = Math.ceil((size - 1) / block);
  if (sums.length < blocks) sums = new Float64Array(blocks);
  let total = 0;
  for (let k = 0; k < blocks; k++) {
    const from = offset + k * block;
    const sum = massBetween(logits, from, Math.min(end, from + block), peak, sharpness);
    sums[k] = sum;
    total += sum;
  }
  return { peak, total, blocks };
}

/** ln Σ exp over a row of `size` logits, of which the last, the mask token's, never occurs. */
export function logSumExp(logits: Float32Array, offset: number, size: number): number {
  const { peak, total } = massOf(logits, offset, size, 1);
  return peak + Math.log(total);
}

/** softmax(logits / temperature) without the mask token. Shapes   a row of `size` at `offset` → [size], the last 0 */
export function tokenLaw(logits: Float32Array, offset: number, size: number, temperature = 1): Float64Array {
  const peak = highest(logits, offset, offset + size - 1);
  const law = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size - 1; i++) {
    const mass = exponential(((logits[offset + i] as number) - peak) / temperature);
    law[i] = mass;
    total += mass;
  }
  return law.map((mass) => mass / total);
}

/** Which of the blocks holds the cumulative mass `left`, and how much of it is left there; all where rounding left some over. */
function blockAt(left: number, blocks: number): { readonly block: number; readonly left: number } {
  let last = 0;
  for (let k = 0; k < blocks; k++) {
    const sum = sums[k] as number;
    if (left < sum) return { block: k, left };
    if (sum > 0) last = k;
    left -= sum;
  }
  return { block: last, left: Number.POSITIVE_INFINITY };
}

/**
 * The token whose cumulative probability first exceeds u.
 *
 * Shapes   logits, a row of V starting at `offset`; the last id (the mask token) is never drawn
 * Units    u in [0, 1)
 * Holds    over uniform u the law is softmax(logits / temperature) without the mask token
 */
export function drawToken(logits: Float32Array, offset: number, size: number, u: number, temperature = 1): number {
  const sharpness = 1 / temperature;
  const { peak, total, blocks } = massOf(logits, offset, size, sharpness);
  const found = blockAt(u * total, blocks);
  const from = offset + found.block * block;
  const to = Math.min(offset + size - 1, from + block);
  let { left } = found;
  let last = from;
  for (let i = from; i < to; i++) {
    const mass = exponential(((logits[i] as number) - peak) * sharpness);
    if (mass > 0) last = i;
    left -= mass;
    if (left < 0) return i - offset;
  }
  return last - offset;
}

/** The most probable token, the mask token left out. */
export function likeliestToken(logits: Float32Array, offset: number, size: number): number {
  let best = offset;
  for (let i = offset; i < offset + size - 1; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best - offset;
}
