/**
 * @file A chart's numbers as comma-separated values, a row per point, for other programs.
 *
 * A cell that a spreadsheet would take for a formula begins with an apostrophe, because names are not trusted.
 */
import { stringify } from "csv-stringify/sync";
import type { TrainLine } from "../drawing/trainChart.js";
import type { Board, BoardCell } from "./board.js";
import type { Curve } from "./curve.js";
import { costs, type Priced, type Samplers } from "./samplers.js";
import { plainValue, type Sweep } from "./sweepGrid.js";

type CsvCell = string | number | null;

function csvText(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return stringify([head, ...rows], { escape_formulas: true, record_delimiter: "\r\n" });
}

const pointHead =
  "line,round,temperature,steps,nfe,value,low,high,entropy,entropy_low,entropy_high,n,interval_over,samples";

export function curveCsv({ series, references }: Curve): string {
  const rows = series.flatMap(({ label, round, temperature, points }) =>
    points.map(({ steps, nfe, value, entropy, samples }): CsvCell[] => {
      const figures = [value.mean, value.low, value.high, entropy?.mean ?? null, entropy?.low ?? null];
      return [label, round, temperature, steps, nfe, ...figures, entropy?.high ?? null, value.n, value.over, samples];
    }),
  );
  const levels = references.map(({ label, value }): CsvCell[] => {
    const figures = [value.mean, value.low, value.high, null, null, null];
    return [label, null, null, null, null, ...figures, value.n, value.over, null];
  });
  return csvText(pointHead.split(","), [...rows, ...levels]);
}

const bucketHead =
  "run,first_update,update,loss,min_loss,max_loss,validation_loss,learning_rate,grad_norm,tokens,broken";

export function trainCsv(lines: readonly TrainLine[]): string {
  const rows = lines.flatMap(({ runId, points }) =>
    points.map((p): CsvCell[] => {
      const losses = [p.loss, p.minLoss, p.maxLoss, p.validationLoss];
      return [runId, p.firstUpdate, p.update, ...losses, p.learningRate, p.gradNorm, p.tokens, p.broken];
    }),
  );
  return csvText(bucketHead.split(","), rows);
}

/** A row for each line, of a result its interval too. */
export function boardCsv({ columns, rows }: Board): string {
  const ends = (key: string) => [key, `${key} low`, `${key} high`, `${key} n`];
  const head = ["experiment", "name", ...columns.flatMap(({ key, isResult }) => (isResult ? ends(key) : [key]))];
  const cellsOf = ({ value, text, low, high, n }: BoardCell, isResult: boolean): CsvCell[] => {
    const shown = value === null ? text : typeof value === "boolean" ? String(value) : value;
    return isResult ? [shown, low, high, n] : [shown];
  };
  const lines = rows.map(({ experiment, name, cells }): CsvCell[] => [
    ...[experiment, name],
    ...cells.flatMap((cell, i) => cellsOf(cell, columns[i]?.isResult === true)),
  ]);
  return csvText(head, lines);
}

const samplerHead = [
  ...["line", "round", "steps", "nfe", "ms", "value", "low", "high", "entropy"],
  ...costs.flatMap((by) => [by, ...["gain", "low", "high", "n", "verdict", "most"].map((what) => `${by}_${what}`)]),
];

export function samplersCsv({ lines }: Samplers): string {
  const priced = ({ cost, gain, verdict, most }: Priced): CsvCell[] => [
    ...[cost, gain?.mean ?? null, gain?.low ?? null, gain?.high ?? null, gain?.n ?? null, verdict, most],
  ];
  const rows = lines.flatMap(({ label, round, points }) =>
    points.map(({ steps, nfe, ms, value, entropy, by }): CsvCell[] => [
      ...[label, round, steps, nfe, ms, value.mean, value.low, value.high, entropy?.mean ?? null],
      ...costs.flatMap((cost) => priced(by[cost])),
    ]),
  );
  return csvText(samplerHead, rows);
}

/** A row for each cell of a sweep: its place on the axes, its states, its value. */
export function sweepCsv({ axes, cells, measure, steps }: Sweep): string {
  const head = [
    ...axes.map(({ key }) => key),
    "states",
    "seeds",
    "round",
    "measure",
    "steps",
    "value",
    "low",
    "high",
    "n",
  ];
  const rows = cells.map(({ at, statuses, seeds, round, value }): CsvCell[] => {
    const states = Object.entries(statuses).map(([state, count]) => `${count} ${state}`);
    const figures = [value?.mean ?? null, value?.low ?? null, value?.high ?? null, value?.n ?? null];
    return [...at.map(plainValue), states.join(" "), seeds.join(" "), round, measure, steps, ...figures];
  });
  return csvText(head, rows);
}
