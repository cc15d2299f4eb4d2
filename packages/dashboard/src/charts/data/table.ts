/**
 * @file The numbers of a chart as a table: a row per line, a column per step count.
 */
import { type Estimate, formatCount, formatInterval, formatNumber, mean } from "@sdtt/core/statistics";
import type { Curve, CurvePoint, Series } from "./curve.js";

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

/** Network evaluations beside steps: one row where all lines make as many to within a hundredth, else a row each. */
function nfeRows({ series, isLevel }: Curve, steps: readonly number[]): Row[] {
  if (isLevel) return [];
  const at = ({ points }: Series, count: number) => points.find((point) => point.steps === count)?.nfe ?? null;
  const cell = (nfe: number | null): Cell | null =>
    nfe === null ? null : { text: formatNumber(nfe), detail: "", keys: [] };
  const ofAll = steps.map((count) => series.flatMap((one) => at(one, count) ?? []));
  const isOne = ofAll.every((all) => Math.max(...all) <= 1.01 * Math.min(...all));
  if (ofAll.every((all) => all.length === 0)) return [];
  if (isOne) return [{ label: "NFE", cells: ofAll.map((all) => cell(all.length === 0 ? null : mean(all))) }];
  return series.map((one) => ({ label: `NFE, ${one.label}`, cells: steps.map((count) => cell(at(one, count))) }));
}

export function curveTable(curve: Curve, quantity: Quantity): CurveTable {
  const steps = stepsOf(curve);
  const cell = (point: CurvePoint | undefined) => (point ? cellOf(point[quantity], point.keys) : null);
  const rows = curve.series.map(({ label, points }): Row => {
    return { label, cells: steps.map((count) => cell(points.find((point) => point.steps === count))) };
  });
  if (quantity === "entropy") return { steps, rows };
  return { steps, rows: [...nfeRows(curve, steps), ...rows, ...referenceRows(curve, steps.length)] };
}

/** The table in Markdown, mean with interval and n in each cell. */
export function markdownTable(table: CurveTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = line(["steps", ...table.steps.map(String)]);
  const rule = line(["---", ...table.steps.map(() => "---:")]);
  const body = table.rows.map(({ label, cells }) =>
    line([label, ...cells.map((cell) => (cell ? `${cell.text} ${cell.detail}`.trimEnd() : "–"))]),
  );
  return `${[head, rule, ...body].join("\n")}\n`;
}
