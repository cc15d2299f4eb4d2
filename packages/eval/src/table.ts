/**
 * @file Aligned tables for the terminal, and numbers with as many digits as their error allows.
 */
import type { Estimated } from "./statistics.js";

/** First column to the left, the others to the right, two spaces between. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number);
  return rows
    .map((row) =>
      Array.from({ length: columns }, (_, i) => pad(row[i] ?? "", i))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

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
