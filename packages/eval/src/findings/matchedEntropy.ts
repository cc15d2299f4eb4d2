/**
 * @file The control: how much of a student's gain a teacher gets by temperature alone.
 *
 * A lower temperature sharpens and so lowers gen-PPL and entropy together. At each step count the teacher's
 * ln gen-PPL is interpolated, linearly in entropy, at the student's entropy; what the student is better by is its
 * gain at matched entropy (docs/method.md, 4).
 */
import type { RandomStream } from "@sdtt/core";
import { bootstrap } from "./compare.js";
import type { Interval } from "./statistics.js";

export interface Point {
  readonly entropy: number;
  readonly genPpl: number;
}

/** The teacher's gen-PPL at `entropy`; undefined outside the temperatures that were measured. */
export function atEntropy(frontier: readonly Point[], entropy: number): number | undefined {
  const sorted = [...frontier].sort((a, b) => a.entropy - b.entropy);
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1] as Point, sorted[i] as Point];
    if (entropy < low.entropy || entropy > high.entropy) continue;
    const share = high.entropy === low.entropy ? 0 : (entropy - low.entropy) / (high.entropy - low.entropy);
    return Math.exp((1 - share) * Math.log(low.genPpl) + share * Math.log(high.genPpl));
  }
  return undefined;
}

/** Teacher's gen-PPL at the student's entropy, over the student's: above 1 the student is better. */
export function gainAtMatchedEntropy(frontier: readonly Point[], student: Point): number | undefined {
  const control = atEntropy(frontier, student.entropy);
  return control === undefined ? undefined : control / student.genPpl;
}

/** One point, sample by sample: Σ NLL, tokens and entropy of each. */
export interface Measured {
  readonly sums: readonly number[];
  readonly counts: readonly number[];
  readonly entropies: readonly number[];
}

export function pointOf({ sums, counts, entropies }: Measured, indices?: Int32Array): Point {
  let [nll, tokens, entropy] = [0, 0, 0];
  const n = indices?.length ?? sums.length;
  for (let k = 0; k < n; k++) {
    const i = indices ? (indices[k] as number) : k;
    nll += sums[i] as number;
    tokens += counts[i] as number;
    entropy += entropies[i] as number;
  }
  return { entropy: entropy / n, genPpl: Math.exp(nll / tokens) };
}

type BootstrapOf = { readonly random: RandomStream; readonly level?: number; readonly resamples?: number };

/** A statistic of points with its bootstrap; sample i of all points is drawn from one stream, so they are resampled together. */
function resampled(
  points: readonly Measured[],
  statistic: (points: readonly Point[]) => number | undefined,
  options: BootstrapOf,
): Interval | undefined {
  const n = points[0]?.sums.length ?? 0;
  const odd = points.find(({ sums }) => sums.length !== n);
  if (odd) throw new RangeError(`gain: all points must have ${n} samples, got ${odd.sums.length}`);
  return bootstrap(n, (indices) => statistic(points.map((point) => pointOf(point, indices))), options);
}

/**
 * The gain with its bootstrap interval over samples.
 *
 * Holds    undefined where the student's entropy is outside the frontier, also in too many of the resamples
 * Throws   RangeError when the points differ in their number of samples
 */
export function gainInterval(
  frontier: readonly Measured[],
  student: Measured,
  options: BootstrapOf,
): Interval | undefined {
  const gain = ([own, ...control]: readonly Point[]) => gainAtMatchedEntropy(control, own as Point);
  return resampled([student, ...frontier], gain, options);
}

/**
 * Control's gen-PPL over the student's, both interpolated at `entropy`, with its bootstrap interval over samples.
 *
 * Holds    undefined where either frontier does not reach that entropy, also in too many of the resamples
 * Throws   RangeError when the points differ in their number of samples
 */
export function frontierGain(
  control: readonly Measured[],
  student: readonly Measured[],
  entropy: number,
  options: BootstrapOf,
): Interval | undefined {
  const gain = (points: readonly Point[]) => {
    const own = atEntropy(points.slice(control.length), entropy);
    return own && gainAtMatchedEntropy(points.slice(0, control.length), { entropy, genPpl: own });
  };
  return resampled([...control, ...student], gain, options);
}
