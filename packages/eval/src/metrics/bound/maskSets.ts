/**
 * @file Which tokens of a word, an answer or a block are masked together, and what each set weighs in the NELBO.
 *
 * Of k tokens that are scored given everything else, the bound is the mean over j, uniform on 1 … k, and over sets S of j
 * positions of (k/j) Σ_{i ∈ S} −ln p(token i | all but S). That is the integral over t of masks drawn one by one with
 * weight 1/t, in which t has been summed out: no weight is above k and no draw is lost on an empty set, while 1/t reaches
 * 1e5. Up to six tokens all 2ᵏ − 1 sets are taken, S with weight (|S| − 1)! (k − |S|)! / k!, and nothing is random.
 */
import type { RandomStream } from "@sdtt/core/base";

export interface MaskSet {
  /** Of the k scored tokens, ascending. */
  readonly positions: readonly number[];
  readonly weight: number;
}

/** Most tokens whose sets are all taken: 63 of them. */
export const exactTokens = 6;

/** Every set that is not empty. */
export function allMaskSets(k: number): MaskSet[] {
  const weights = [Number.NaN, 1 / k];
  for (let size = 2; size <= k; size++) weights[size] = ((weights[size - 1] as number) * (size - 1)) / (k - size + 1);
  return Array.from({ length: 2 ** k - 1 }, (_, i) => {
    const positions = Array.from({ length: k }, (_, j) => j).filter((j) => ((i + 1) >> j) & 1);
    return { positions, weight: weights[positions.length] as number };
  });
}

/** Draws that texts of unlike length may share: sets of one length are then the same. */
export interface MaskDraws {
  /** Where in its range the size of the first set of each pair lies, in [0, 1). [pairs] */
  readonly sizes: Float64Array;
  /** Who is masked first. [pairs] of [longest] */
  readonly ranks: readonly Float64Array[];
}

/**
 * Draws for texts of up to `longest` tokens, sizes stratified over the pairs.
 *
 * @param sets how many sets there are to be, at least 3: the whole and pairs of a set and its complement
 */
export function drawMaskSets(random: RandomStream, sets: number, longest: number): MaskDraws {
  const pairs = Math.max(1, Math.floor((sets - 1) / 2));
  const offset = random.uniform();
  return {
    sizes: Float64Array.from({ length: pairs }, (_, i) => (i + offset) / pairs),
    ranks: Array.from({ length: pairs }, () => random.uniforms(longest)),
  };
}

/** The first `size` by rank of k positions, and the others. */
function parted(ranks: Float64Array, k: number, size: number): [number[], number[]] {
  const order = Array.from({ length: k }, (_, i) => i).sort((a, b) => (ranks[a] as number) - (ranks[b] as number));
  const ascending = (positions: number[]) => positions.sort((a, b) => a - b);
  return [ascending(order.slice(0, size)), ascending(order.slice(size))];
}

/**
 * All k tokens, which are j = k, and pairs of a set and its complement, which are j and k − j: each token counts in each
 * pair once.
 *
 * Holds    Σ weight · |S| = k: where every token has the same nats whatever is masked, nothing is random
 */
export function drawnMaskSets(k: number, { sizes, ranks }: MaskDraws): MaskSet[] {
  const whole = { positions: Array.from({ length: k }, (_, i) => i), weight: 1 / k };
  if (k === 1) return [whole];
  const weightOf = (size: number) => (k - 1) / (2 * sizes.length * size);
  const pairs = Array.from(sizes, (size, i) => {
    // Half of the range: the other half is the complement's.
    const count = 1 + Math.floor((size / 2) * (k - 1));
    return parted(ranks[i] as Float64Array, k, count).map((positions) => {
      return { positions, weight: weightOf(positions.length) };
    });
  });
  return [whole, ...pairs.flat()];
}

/** The sets of k tokens: all of them where they are few, else those of `draws`. */
export function maskSetsOf(k: number, draws: () => MaskDraws): MaskSet[] {
  return k <= exactTokens ? allMaskSets(k) : drawnMaskSets(k, draws());
}

/**
 * A set and its complement of k tokens, the first of 1 … k tokens as `share` in [0, 1) says; where it is all of them there
 * is no other. For many texts of one length, whose shares are spread over [0, 1).
 *
 * Holds    for a uniform share each set has its weight of `allMaskSets` on average
 */
export function pairedMaskSets(k: number, share: number, random: RandomStream): MaskSet[] {
  const size = 1 + Math.floor(share * k);
  const sets = parted(random.uniforms(k), k, size).filter(({ length }) => length > 0);
  return sets.map((positions) => ({ positions, weight: k / positions.length / sets.length }));
}
