/**
 * @file Gains at matched entropy with intervals over the samples of one seed, drawn again together.
 *
 * Student and teacher are sampled under the same draws, sample i beside sample i: resampled together, what they share
 * cancels. That needs the kept samples; from the store's rows alone `lnGainOf` takes them as independent.
 */
import {
  atEntropy,
  type BootstrapOptions,
  bootstrap,
  gainAtMatchedEntropy,
  type Interval,
  type Point,
} from "@sdtt/core/statistics";

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

/** A statistic of points with its bootstrap; sample i of all points is drawn from one stream, so they are resampled together. */
function resampled(
  points: readonly Measured[],
  statistic: (points: readonly Point[]) => number | undefined,
  options: BootstrapOptions,
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
  options: BootstrapOptions,
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
  options: BootstrapOptions,
): Interval | undefined {
  const gain = (points: readonly Point[]) => {
    const own = atEntropy(points.slice(control.length), entropy);
    return own && gainAtMatchedEntropy(points.slice(0, control.length), { entropy, genPpl: own });
  };
  return resampled([...control, ...student], gain, options);
}
