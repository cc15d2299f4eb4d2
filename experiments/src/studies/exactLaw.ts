/**
 * @file The chance of one row under K ancestral steps, exactly: over every set of positions that may be revealed so far.
 *
 * A state on the way to a row is the set of its revealed positions, 2^L of them, and a step goes from each to every larger
 * set: 3^L moves a step. So 16 positions are seconds, where listing every partly filled row would be 5^16 states. What
 * leads to other rows is left out, and is what is missing to 1.
 */
import { maskedPositions, unmaskProbability } from "@sdtt/core/diffusion";
import { type Denoiser, logSumExp } from "@sdtt/core/sampler";

/** Shapes   revealed: a bit a position → p(x_i | x on the bits that are set) for all i, of the row in question. [2^L · L] */
export type RowConditionals = Float64Array;

/** What a denoiser says of a row after each set of its positions. */
export async function rowConditionals(denoiser: Denoiser, row: ArrayLike<number>): Promise<RowConditionals> {
  const { length, maskId, vocabSize: V } = denoiser;
  const sets = 2 ** length;
  const p = new Float64Array(sets * length);
  const atOnce = 512;
  for (let first = 0; first < sets; first += atOnce) {
    const count = Math.min(atOnce, sets - first);
    const isRevealed = (i: number) => ((first + Math.floor(i / length)) >> (i % length)) & 1;
    const xt = Int32Array.from({ length: count * length }, (_, i) =>
      isRevealed(i) ? (row[i % length] as number) : maskId,
    );
    const masked = maskedPositions(xt, maskId);
    const logits = await denoiser.logits(xt, count, masked);
    masked.forEach((position, n) => {
      const total = logSumExp(logits, n * V, V);
      const logit = logits[n * V + (row[position % length] as number)] as number;
      p[(first + Math.floor(position / length)) * length + (position % length)] = Math.exp(logit - total);
    });
  }
  return p;
}

/** A product of a mixture, drawn anew at each step: how likely it is after each set, and what it then says of the row. */
export interface RowComponent {
  /** [2^L] */
  readonly weights: Float64Array;
  readonly p: RowConditionals;
}

/** One step of one product: adds to `next` what goes from the mass of each set to each that contains it. */
function addStep(next: Float64Array, mass: Float64Array, { weights, p }: RowComponent, length: number, reveal: number) {
  const full = mass.length - 1;
  const [chance, added] = [new Float64Array(mass.length), new Int32Array(mass.length)];
  for (let set = 0; set <= full; set++) {
    const here = (mass[set] as number) * (weights[set] as number);
    if (here === 0) continue;
    chance[0] = here;
    added[0] = 0;
    let size = 1;
    if (reveal === 1) {
      let all = here;
      for (let i = 0; i < length; i++) if (!((set >> i) & 1)) all *= p[set * length + i] as number;
      next[full] = (next[full] as number) + all;
      continue;
    }
    // Subsets of what is masked, each made of one before it and one more position.
    for (let i = 0; i < length; i++) {
      if ((set >> i) & 1) continue;
      const own = reveal * (p[set * length + i] as number);
      for (let before = 0; before < size; before++) {
        chance[size + before] = (chance[before] as number) * own;
        added[size + before] = (added[before] as number) | (1 << i);
      }
      size *= 2;
    }
    for (let move = 0; move < size; move++) {
      const to = set | (added[move] as number);
      next[to] = (next[to] as number) + (chance[move] as number);
    }
  }
}

/** One step: from the mass of each set to that of each that contains it. */
function stepped(mass: Float64Array, components: readonly RowComponent[], length: number, reveal: number) {
  const next = new Float64Array(mass.length);
  for (const component of components) addStep(next, mass, component, length, reveal);
  if (reveal === 1) return next;
  // Positions that stay masked do so whatever was revealed: their factor depends on the set that is reached alone.
  const kept = Float64Array.from({ length: length + 1 }, (_, n) => (1 - reveal) ** n);
  return next.map((value, set) => value * (kept[length - ones(set)] as number));
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}

/**
 * The row's chance after each of `counts` ancestral steps of a mixture of products.
 *
 * Holds    summed over all rows that can be written it is 1
 */
export function mixtureChances(components: readonly RowComponent[], length: number, counts: readonly number[]) {
  return counts.map((numSteps): number => {
    let mass = new Float64Array(2 ** length);
    mass[0] = 1;
    for (let step = 1; step <= numSteps; step++) {
      const reveal = unmaskProbability((numSteps - step) / numSteps, (numSteps - step + 1) / numSteps);
      mass = stepped(mass, components, length, reveal);
    }
    return mass.at(-1) as number;
  });
}

/** The row's chance after each of `counts` ancestral steps of a denoiser. */
export const rowChances = (p: RowConditionals, length: number, counts: readonly number[]): number[] =>
  mixtureChances([{ weights: new Float64Array(2 ** length).fill(1), p }], length, counts);
