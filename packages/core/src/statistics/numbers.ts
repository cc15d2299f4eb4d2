/**
 * @file Numbers as people read them: three significant digits, and a word for what is not a number.
 */
import type { Estimate } from "./estimate.js";
import type { Interval } from "./interval.js";
import type { Estimated } from "./mean.js";
import { metricKind } from "./metrics.js";
import { shareInterval } from "./proportion.js";
import type { StepsNeeded } from "./stepsNeeded.js";

/** Three significant digits; whole from 100 on, and no exponent from a thousandth up to a million. */
export function formatNumber(value: number | null): string {
  if (value === null) return "–";
  if (Number.isNaN(value)) return "NaN";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === Number.POSITIVE_INFINITY) return `${sign}∞`;
  if (size === 0) return "0";
  if (size >= 999_500 || size < 1e-3) return sign + size.toExponential(2);
  return sign + (size >= 99.95 ? size.toFixed(0) : size.toPrecision(3));
}

/** `42.3 ± 1.20`; without the error where it is not known. */
export function formatWithError({ value, stderr }: Estimated): string {
  return Number.isFinite(stderr) ? `${formatNumber(value)} ± ${formatNumber(stderr)}` : formatNumber(value);
}

interface MeasuredFigure {
  readonly metric: string;
  readonly value: number;
  readonly stderr?: number | null | undefined;
  /** Samples or items. */
  readonly n: number;
}

/** One evaluation: `42.3 ± 1.20`; of a share of items its interval, which has width at none and at all of them. */
export function formatFigure({ metric, value, stderr, n }: MeasuredFigure): string {
  if (!metricKind(metric).isShare || !(value >= 0 && value <= 1)) {
    return formatWithError({ value, stderr: stderr ?? Number.NaN });
  }
  return `${formatNumber(value)} ${formatInterval(shareInterval(value * n, n))}`;
}

/** `[15.1, 17.4]`; nothing where no interval is known. */
export function formatInterval({ low, high }: Pick<Interval, "low" | "high">): string {
  return Number.isNaN(low) || Number.isNaN(high) ? "" : `[${formatNumber(low)}, ${formatNumber(high)}]`;
}

/** `n = 3`; of what is not over seeds also what its interval is over. */
export function formatCount({ n, over }: Pick<Estimate, "n" | "over">): string {
  return `n = ${n}${over === "seeds" || over === "nothing" ? "" : `, over ${over}`}`;
}

/** `16.2 [15.1, 17.4], n = 3` */
export function formatEstimate(estimate: Estimate): string {
  const interval = formatInterval(estimate);
  return `${formatNumber(estimate.mean)}${interval === "" ? "" : ` ${interval}`}, ${formatCount(estimate)}`;
}

/** Steps or evaluations between the least and the most that were measured: `5.17`, `< 4.00`, `> 128`. */
function formatNeeded(value: number, [least, most]: readonly [number, number]): string {
  if (value === 0) return `< ${formatNumber(least)}`;
  return value === Number.POSITIVE_INFINITY ? `> ${formatNumber(most)}` : formatNumber(value);
}

type Needed = Pick<StepsNeeded, "steps" | "measured">;

/** `5.17`, or `> 128` where even the most steps that were measured are too few. */
export const neededMiddle = ({ steps, measured }: Needed): string => formatNeeded(steps.value, measured);

/** `[4.62, 5.90]`, an open end as `> 128`; nothing where no interval is known. */
export function neededInterval({ steps: { low, high }, measured }: Needed): string {
  return Number.isNaN(low) ? "" : `[${formatNeeded(low, measured)}, ${formatNeeded(high, measured)}]`;
}

/** `5.17 [4.62, 5.90]` */
export const formatStepsNeeded = (needed: Needed): string =>
  `${neededMiddle(needed)} ${neededInterval(needed)}`.trimEnd();
