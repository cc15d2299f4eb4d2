/**
 * @file The normal and Student's t distribution, evaluated instead of looked up, so that any level has its interval.
 */

/**
 * P(|Z| ≤ z) for a standard normal Z.
 *
 * Source   Abramowitz & Stegun 26.2.10 (the density's series) up to z = 5, 26.2.14 (the tail's continued fraction) beyond
 */
export function normalProbability(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const size = Math.abs(z);
  const density = Math.exp((-size * size) / 2) / Math.sqrt(2 * Math.PI);
  if (size > 5) {
    let fraction = size;
    for (let k = 60; k >= 1; k--) fraction = size + k / fraction;
    return 1 - (2 * density) / fraction;
  }
  let term = size;
  let sum = size;
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (size * size) / k;
    sum += term;
  }
  return 2 * density * sum;
}

/** Beyond so many degrees of freedom t is told from a normal in the sixth digit only. */
const asNormal = 1e5;

/**
 * P(|T| ≤ t) for Student's t with a whole number of degrees of freedom; infinitely many are the normal distribution.
 *
 * Source   Abramowitz & Stegun 26.7.3 and 26.7.4 (finite sums, exact)
 */
export function studentProbability(t: number, degrees: number): number {
  if (degrees > asNormal) return normalProbability(t);
  const theta = Math.atan(Math.abs(t) / Math.sqrt(degrees));
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

/** Between two numbers of degrees, as Satterthwaite's are: the lower one, which is the more careful. */
const wholeDegrees = (degrees: number): number => Math.max(1, Math.floor(degrees));

const quantiles = new Map<string, number>();

/** The t with P(|T| ≤ t) = level, by bisection to the last bits; of infinitely many degrees the normal one. */
export function studentQuantile(degrees: number, level = 0.95): number {
  const whole = wholeDegrees(degrees);
  const key = `${whole} ${level}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  let [low, high] = [0, 1];
  while (studentProbability(high, whole) < level) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentProbability(middle, whole) < level) low = middle;
    else high = middle;
  }
  const found = (low + high) / 2;
  quantiles.set(key, found);
  return found;
}

export const normalQuantile = (level = 0.95): number => studentQuantile(Number.POSITIVE_INFINITY, level);

/** The chance of a figure as far from 0, in standard errors, where there is no difference (two-sided). */
export const pValue = (inStderrs: number, degrees: number): number =>
  Math.max(0, 1 - studentProbability(inStderrs, wholeDegrees(degrees)));
