/**
 * @file Scalars of what W&B and Trackio export: CSV or TSV with a column a series, or JSON rows, as a list or line by line.
 *
 * The step is the column `step`, `_step`, `Step`, `global_step` or `trainer/global_step`; several runs in one file are told by
 * `run`, `run_name` or `name`, or by W&B's own heads, `RUN - series`, whose `__MIN` and `__MAX` are left out.
 */
import { parse } from "csv-parse/sync";
import { userError } from "../../base/errors.js";
import type { Scalar } from "./tensorboard.js";

/** Of one run; an empty name where the file is of one alone. */
export interface RunScalars {
  readonly run: string;
  readonly scalars: readonly Scalar[];
}

type Row = Readonly<Record<string, unknown>>;

const stepNames = ["step", "_step", "global_step", "trainer/global_step"];
const runNames = ["run", "run_name", "name"];
const timeNames = ["timestamp", "_timestamp", "wall_time", "wall time"];
const isOwn = (key: string): boolean => {
  const name = key.toLowerCase();
  return [...stepNames, ...runNames, ...timeNames].includes(name) || name.startsWith("_") || /__(min|max)$/i.test(name);
};

/** A row with the cells of its `metrics` object, which Trackio keeps apart, or of it as text. */
function flat(row: Row): Row {
  const metrics = typeof row.metrics === "string" ? tryJson(row.metrics) : row.metrics;
  return typeof metrics === "object" && metrics !== null ? { ...row, metrics: null, ...metrics } : row;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const numberIn = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const word = value.trim().toLowerCase();
  if (word === "nan") return Number.NaN;
  const number = Number(word.replace(/^([+-]?)inf(inity)?$/, "$1Infinity"));
  return Number.isNaN(number) ? undefined : number;
};

function cellOf(row: Row, names: readonly string[]): unknown {
  const key = Object.keys(row).find((one) => names.includes(one.toLowerCase()));
  return key === undefined ? undefined : row[key];
}

function timeOf(row: Row): number | null {
  const value = cellOf(row, timeNames);
  const seconds = numberIn(value);
  if (seconds !== undefined) return seconds > 1e11 ? seconds : 1000 * seconds;
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** `warm start - loss` of W&B is the series `loss` of the run `warm start`. */
function placeOf(key: string, run: string): readonly [run: string, name: string] {
  const at = key.lastIndexOf(" - ");
  return run !== "" || at < 0 ? [run, key] : [key.slice(0, at), key.slice(at + 3)];
}

function scalarsOf(rows: readonly Row[], where: string): RunScalars[] {
  const found = new Map<string, Scalar[]>();
  for (const row of rows.map(flat)) {
    const step = numberIn(cellOf(row, stepNames));
    if (step === undefined || !Number.isInteger(step) || step < 0) continue;
    const name = cellOf(row, runNames);
    const at = timeOf(row);
    for (const [key, cell] of Object.entries(row)) {
      const value = isOwn(key) ? undefined : numberIn(cell);
      if (value === undefined) continue;
      const [run, series] = placeOf(key, typeof name === "string" ? name : "");
      found.set(run, [...(found.get(run) ?? []), { name: series, step, value, at }]);
    }
  }
  if (found.size > 0) return [...found].map(([run, scalars]) => ({ run, scalars }));
  const heads =
    Object.keys(rows[0] ?? {})
      .slice(0, 10)
      .join(", ") || "no rows";
  throw userError(
    where,
    "it must have a column of steps and one of numbers",
    heads,
    `Name the steps one of ${stepNames.join(", ")}.`,
  );
}

function jsonRows(where: string, content: string): Row[] {
  try {
    const text = content.trim();
    if (text.startsWith("[")) return JSON.parse(text) as Row[];
    const whole = tryJson(text) as { readonly data?: unknown } | undefined;
    if (Array.isArray(whole?.data)) return whole.data as Row[];
    return text.split("\n").map((line) => JSON.parse(line) as Row);
  } catch (cause) {
    throw userError(where, "it must be JSON", (cause as Error).message, "Export it again, as JSON or CSV.", cause);
  }
}

function csvRows(where: string, content: string): Row[] {
  try {
    const delimiter = (content.split("\n", 1)[0] as string).includes("\t") ? "\t" : ",";
    return parse(content, { bom: true, columns: true, delimiter, relax_column_count: true, skip_empty_lines: true });
  } catch (cause) {
    throw userError(where, "it must be CSV with a row of heads", (cause as Error).message, "Export it again.", cause);
  }
}

/** Throws UserError for what is neither, and where no step or no number is found. */
export function exportedScalars(where: string, content: string): RunScalars[] {
  const isJson = /^\s*[[{]/.test(content);
  return scalarsOf(isJson ? jsonRows(where, content) : csvRows(where, content), where);
}
