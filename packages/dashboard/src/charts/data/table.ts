/**
 * @file The numbers of a chart as a table: a row per line, a column per step count.
 */

import { formatCount, formatInterval, formatNumber } from "../drawing/format.js";
import type { Curve, CurvePoint } from "./curve.js";
import type { Estimate } from "./statistics.js";

export type Quantity = "value" | "entropy";

export interface Cell {
  readonly text: string;
  /** Interval and n. */
  readonly detail: string;
  readonly keys: readonly string[];
}

export interface Row {
  readonly label: string;
  /** Null where nothing was measured. */
  readonly cells: readonly (Cell | null)[];
}

export interface CurveTable {
  readonly steps: readonly number[];
  readonly rows: readonly Row[];
}

function cellOf(estimate: Estimate | null | undefined, keys: readonly string[]): Cell | null {
  if (!estimate) return null;
  const n = formatCount(estimate);
  const interval = formatInterval(estimate);
  return { text: formatNumber(estimate.mean), detail: interval === "" ? n : `${interval} ${n}`, keys };
}

export function stepsOf(curve: Curve): number[] {
  const all = curve.series.flatMap(({ points }) => points.map(({ steps }) => steps));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** A level without a step count is the same in every column. */
function referenceRows(curve: Curve, columns: number): Row[] {
  return curve.references.map(({ label, value, keys }) => {
    return { label: `${label} (no steps)`, cells: Array<Cell | null>(columns).fill(cellOf(value, keys)) };
  });
}

export function curveTable(curve: Curve, quantity: Quantity): CurveTable {
  const steps = stepsOf(curve);
  const cell = (point: CurvePoint | undefined) => (point ? cellOf(point[quantity], point.keys) : null);
  const rows = curve.series.map(({ label, points }): Row => {
    return { label, cells: steps.map((count) => cell(points.find((point) => point.steps === count))) };
  });
  return { steps, rows: quantity === "value" ? [...rows, ...referenceRows(curve, steps.length)] : rows };
}

/** The table in Markdown, mean with interval and n in each cell. */
export function markdownTable(table: CurveTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = line(["steps", ...table.steps.map(String)]);
  const rule = line(["---", ...table.steps.map(() => "---:")]);
  const body = table.rows.map(({ label, cells }) =>
    line([label, ...cells.map((cell) => (cell ? `${cell.text} ${cell.detail}` : "–"))]),
  );
  return `${[head, rule, ...body].join("\n")}\n`;
}
