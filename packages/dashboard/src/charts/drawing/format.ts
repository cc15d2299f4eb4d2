/**
 * @file Numbers as people read them: three significant digits, and a word for what is not a number.
 */
import type { Estimate } from "../data/statistics.js";

export function formatNumber(value: number | null): string {
  if (value === null) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size >= 1e5 ? value.toExponential(2) : size >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return text.replace("-", "−");
}

export function formatInterval({ low, high, over }: Estimate): string {
  return over === "nothing" ? "" : `[${formatNumber(low)}, ${formatNumber(high)}]`;
}

/** `n = 3`; of a single replicate also what its interval is over. */
export function formatCount({ n, over }: Estimate): string {
  return `n = ${n}${over === "seeds" || over === "nothing" ? "" : `, over ${over}`}`;
}

/** `16.2 [15.1, 17.4], n = 3` */
export function formatEstimate(estimate: Estimate): string {
  const interval = formatInterval(estimate);
  return `${formatNumber(estimate.mean)}${interval === "" ? "" : ` ${interval}`}, ${formatCount(estimate)}`;
}
