/**
 * @file Means, medians, ratios of sums, and their standard errors over independent items.
 */

export interface Estimated {
  readonly value: number;
  /** Standard error of `value`; NaN where there are too few items for one. */
  readonly stderr: number;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Σ aᵢ·bᵢ */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Quantiles of values in any order; those between two values are interpolated. NaN of none. */
export function quantilesOf(values: readonly number[]): (share: number) => number {
  const sorted = [...values].sort((a, b) => a - b);
  return (share) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [Math.floor(place), Math.ceil(place)].map((i) => sorted[i] ?? Number.NaN) as [number, number];
    // Not low + (high − low)·share, which is no number between two infinities.
    return low === high ? low : low + (place - Math.floor(place)) * (high - low);
  };
}

/** The middle value, of an even number of values half-way between the two in the middle. */
export const median = (values: readonly number[]): number => quantilesOf(values)(0.5);

/** exp of the mean logarithm: what a perplexity is averaged by. */
export const geometricMean = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)));

/** Σ (x − mean)², what variances are made of. */
export function squaresAbout(values: ArrayLike<number>, centre = mean(values)): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - centre) ** 2;
  return squares;
}

/** √(mean of squares): how standard errors of several figures are taken together. */
export const rootMeanSquare = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value ** 2)));

/** The mean with its standard error s/√n, s² with n − 1. */
export function meanWithStderr(values: ArrayLike<number>): Estimated {
  const n = values.length;
  const value = mean(values);
  return { value, stderr: n > 1 ? Math.sqrt(squaresAbout(values, value) / (n - 1) / n) : Number.NaN };
}

/** What each item adds to the error of Σ sums / Σ counts: (sᵢ − R·cᵢ) over the mean count (linearisation). */
function ratioResiduals(sums: ArrayLike<number>, counts: ArrayLike<number>, ratio: number): number[] {
  const usual = mean(counts);
  return Array.from({ length: sums.length }, (_, i) => ((sums[i] as number) - ratio * (counts[i] as number)) / usual);
}

/**
 * Σ sums / Σ counts, where both are random: a mean over tokens of samples that differ in length.
 *
 * Units    stderr = √(n/(n − 1) · Σ (sᵢ − R·cᵢ)²) / Σ cᵢ, the delta method (linearisation)
 * Source   Cochran, Sampling Techniques, 3rd ed., §2.11, without the finite-population factor
 */
export function ratioWithStderr(sums: ArrayLike<number>, counts: ArrayLike<number>): Estimated {
  const n = sums.length;
  if (counts.length !== n)
    throw new RangeError(`ratioWithStderr: as many counts as sums, got ${counts.length} for ${n}`);
  const value = mean(sums) / mean(counts);
  const squares = squaresAbout(ratioResiduals(sums, counts, value), 0);
  return { value, stderr: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN };
}

/**
 * How the error of Σ sums / Σ counts goes together with that of the mean of `others`, both over the same items.
 *
 * Holds    within [−1, 1]; NaN where either does not vary
 */
export function ratioCorrelation(
  sums: ArrayLike<number>,
  counts: ArrayLike<number>,
  others: ArrayLike<number>,
): number {
  const residuals = ratioResiduals(sums, counts, mean(sums) / mean(counts));
  const centre = mean(others);
  const product = mean(residuals.map((residual, i) => residual * ((others[i] as number) - centre)));
  const scale = Math.sqrt((squaresAbout(residuals, 0) * squaresAbout(others, centre)) / others.length ** 2);
  return Math.max(-1, Math.min(1, product / scale));
}

/** The standard error of a share p of n independent items: √(p(1 − p)/n). An interval of it: `shareInterval`. */
export function shareWithStderr(hits: number, n: number): Estimated {
  const value = hits / n;
  return { value, stderr: Math.sqrt((value * (1 - value)) / n) };
}

/** exp of an estimate: the standard error is scaled by the slope, exp(value). */
export function expOf({ value, stderr }: Estimated): Estimated {
  return { value: Math.exp(value), stderr: Math.exp(value) * stderr };
}
