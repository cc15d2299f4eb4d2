/**
 * @file Means, ratios and how far they can be trusted.
 *
 * Everything here is over independent samples (or seeds) given as plain numbers. Student's t is evaluated exactly for
 * whole degrees of freedom instead of being looked up, so any level and any n have their interval.
 */

export interface Estimated {
  readonly value: number;
  /** Standard error of `value`; NaN where there are too few samples for one. */
  readonly stderr: number;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** The mean with its standard error s/√n, s² with n − 1. */
export function meanWithStderr(values: ArrayLike<number>): Estimated {
  const n = values.length;
  const value = mean(values);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((values[i] as number) - value) ** 2;
  return { value, stderr: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN };
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
  const total = mean(counts) * n;
  const value = (mean(sums) * n) / total;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((sums[i] as number) - value * (counts[i] as number)) ** 2;
  return { value, stderr: n > 1 ? Math.sqrt((n / (n - 1)) * squares) / total : Number.NaN };
}

/** The standard error of a share p of n independent items: √(p(1 − p)/n). */
export function shareWithStderr(hits: number, n: number): Estimated {
  const value = hits / n;
  return { value, stderr: Math.sqrt((value * (1 - value)) / n) };
}

/** exp of an estimate: the standard error is scaled by the slope, exp(value). */
export function expOf({ value, stderr }: Estimated): Estimated {
  return { value: Math.exp(value), stderr: Math.exp(value) * stderr };
}

/**
 * P(|T| ≤ t) for Student's t with a whole number of degrees of freedom.
 *
 * Source   Abramowitz & Stegun 26.7.3 and 26.7.4 (finite sums, exact)
 */
export function studentProbability(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum;
}

/** The t with P(|T| ≤ t) = level, by bisection to the last bits. */
export function studentQuantile(degrees: number, level = 0.95): number {
  let [low, high] = [0, 1];
  while (studentProbability(high, degrees) < level) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, degrees) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * The mean with its t-interval.
 *
 * Throws   RangeError for fewer than two values: they have no interval
 */
export function tInterval(values: ArrayLike<number>, level = 0.95): Interval {
  const n = values.length;
  if (n < 2) throw new RangeError(`tInterval: an interval needs two values or more, got ${n}. Add seeds.`);
  const { value, stderr } = meanWithStderr(values);
  const half = studentQuantile(n - 1, level) * stderr;
  return { mean: value, low: value - half, high: value + half, n };
}
