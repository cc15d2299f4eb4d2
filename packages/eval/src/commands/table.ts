/**
 * @file Numbers for the terminal, with as many digits as a table needs.
 */
import type { Estimated } from "../findings/statistics.js";

/** Three significant digits, no exponent below a million. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : value.toFixed(size >= 10 ? 1 : size >= 1 || size === 0 ? 2 : 3);
}

/** `42.3 ± 1.2`; without the error where it is not known. */
export function formatEstimate({ value, stderr }: Estimated): string {
  return Number.isFinite(stderr) ? `${formatNumber(value)} ± ${formatNumber(stderr)}` : formatNumber(value);
}
