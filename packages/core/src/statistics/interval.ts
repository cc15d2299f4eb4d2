/**
 * @file A mean between two ends, and what an interval says of a difference.
 */
import { meanWithStderr } from "./mean.js";
import { studentQuantile } from "./student.js";

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
