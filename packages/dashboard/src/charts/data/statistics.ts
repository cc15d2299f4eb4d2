/**
 * @file Mean and 95 % interval over replicates.
 *
 * A replicate is one evaluation: one checkpoint and one sampling seed. With several, the interval is Student's t over
 * them; with one, it is the normal interval of that evaluation's own standard error, and says what that is over.
 */
import { type ErrorOver, kindOf, type Scale } from "./metrics.js";

export interface Estimate {
  readonly mean: number;
  /** NaN where no interval is known. */
  readonly low: number;
  readonly high: number;
  /** How many replicates the mean is over. */
  readonly n: number;
  /** What the interval is over. */
  readonly over: "seeds" | ErrorOver | "nothing";
}

export interface Measured {
  readonly value: number;
  readonly stderr: number | null;
}

/** 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The 97.5 % quantile of Student's t; beyond 30 degrees by Fisher's expansion, good to 0.001. */
export function studentQuantile(degrees: number): number {
  return quantiles[degrees - 1] ?? 1.96 + 2.372 / degrees;
}

/**
 * The mean of `measured` with its 95 % interval.
 *
 * Holds   on the log scale the mean is geometric and the interval never reaches zero
 */
export function estimate(measured: readonly Measured[], scale: Scale, errorOver: ErrorOver = "samples"): Estimate {
  const [first] = measured;
  if (first === undefined) throw new RangeError("estimate: needs at least one replicate, got none");
  if (measured.length === 1) return single(first, scale, errorOver);
  const toScale = scale === "log" ? Math.log : (x: number) => x;
  const fromScale = scale === "log" ? Math.exp : (x: number) => x;
  const values = measured.map(({ value }) => toScale(value));
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = studentQuantile(n - 1) * Math.sqrt(variance / n);
  return { mean: fromScale(mean), low: fromScale(mean - half), high: fromScale(mean + half), n, over: "seeds" };
}

/** `estimate` as it is done for a metric. */
export function estimateOf(metric: string, measured: readonly Measured[]): Estimate {
  const { scale, errorOver } = kindOf(metric);
  return estimate(measured, scale, errorOver);
}

function single({ value, stderr }: Measured, scale: Scale, over: ErrorOver): Estimate {
  if (stderr === null || !Number.isFinite(stderr)) {
    return { mean: value, low: Number.NaN, high: Number.NaN, n: 1, over: "nothing" };
  }
  const half = 1.96 * stderr;
  if (scale === "linear") return { mean: value, low: value - half, high: value + half, n: 1, over };
  const factor = Math.exp(half / value);
  return { mean: value, low: value / factor, high: value * factor, n: 1, over };
}
