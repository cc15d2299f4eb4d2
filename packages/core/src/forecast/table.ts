/**
 * @file The table that forecasts are made from: who was evaluated, by which figures, item by item where the store kept that.
 *
 * A row is weights as they are sampled or scored: with sampler, top-p and temperature. A column is a figure: metric, definition, steps, and what it is
 * measured against. Seeds of one cell are taken together; controls are left out, as wherever figures are compared.
 */
import { mean } from "../statistics/index.js";
import type { DefinitionRow, EvaluationRecord, StoreReader } from "../store/index.js";
import type { Cell, FigureColumns, Table } from "./heldOut.js";

export interface Figure extends FigureColumns {
  readonly key: string;
  readonly metric: string;
  readonly definition: string;
  readonly steps: number | null;
  /** Samples, where the figure of more samples is another. */
  readonly n: number | null;
  /** Values are ln of the figure's. */
  readonly isLog: boolean;
}

export interface Subject {
  readonly key: string;
  /** Of the weights, or of the text where no model wrote it. */
  readonly hash: string;
  /** Sampled by ancestral steps at temperature 1, or not sampled: what belongs to the weights stands here. */
  readonly isPlain: boolean;
  /** "mine, round 2, spaced, temperature 0.9" */
  readonly text: string;
}

export interface ForecastTable extends Table {
  readonly subjects: readonly Subject[];
  readonly figures: readonly Figure[];
}

const subjectKey = ({ subjectHash, sampler, topP, temperature, steps }: EvaluationRecord) =>
  // What is not sampled belongs to the weights, however they are sampled: it stands in the row of ancestral steps.
  JSON.stringify(
    steps === null
      ? [subjectHash, null, 1, 1]
      : [subjectHash, sampler === "ancestral" ? null : sampler, topP ?? 1, temperature],
  );

function subjectText({ runId, round, weights, sampler, topP, temperature, steps }: EvaluationRecord): string {
  const [run] = runId.split("/");
  const sampled = [
    sampler && sampler !== "ancestral" ? sampler : "",
    topP && topP !== 1 ? `top-p ${topP}` : "",
    temperature === 1 ? "" : `temperature ${temperature}`,
  ];
  const rest = steps === null ? [] : sampled.filter(Boolean);
  return [`${run}, round ${round} (${weights})`, ...rest].join(", ");
}

/** The figure's items where they are what it is the mean of; else the figure alone, as ln where ratios of it say something. */
function valuesOf(row: EvaluationRecord, store: Pick<StoreReader, "itemScores">, isLog: boolean) {
  const kept = isLog ? undefined : store.itemScores(row.key);
  if (kept && !kept.counts && kept.sums.length > 1) {
    const isMean = Math.abs(mean(kept.sums) - row.value) < 1e-6 * Math.max(1, Math.abs(row.value));
    if (isMean && kept.sums.every(Number.isFinite)) return { items: kept.items, values: Float64Array.from(kept.sums) };
  }
  return { items: "", values: Float64Array.of(isLog ? Math.log(row.value) : row.value) };
}

/** Two evaluations of one cell: other seeds. */
function averaged(all: readonly Float64Array[]): Float64Array {
  const [first] = all as [Float64Array];
  return first.map((_, i) => all.reduce((sum, values) => sum + (values[i] as number), 0) / all.length);
}

/** Reads the table. Left out: figures of one model alone, and what is not a number. */
export function forecastTable(
  rows: readonly EvaluationRecord[],
  definitions: readonly DefinitionRow[],
  store: Pick<StoreReader, "itemScores">,
): ForecastTable {
  const declared = new Map(definitions.map((one) => [one.definition, one]));
  const found = rows.flatMap((row) => {
    const { scale = "linear", dependsOnN = false } = declared.get(row.definition) ?? {};
    const isLog = scale === "log" && row.value > 0;
    if (row.control || !Number.isFinite(row.value)) return [];
    const { items, values } = valuesOf(row, store, isLog);
    const n = dependsOnN ? row.n : null;
    const of = [row.metric, row.definition, row.steps, row.referenceHash, items, n, isLog];
    return [{ row, n, values, isLog, subject: subjectKey(row), figure: JSON.stringify(of) }];
  });
  const modelsOf = (figure: string) =>
    new Set(found.filter((one) => one.figure === figure).map(({ subject }) => subject));
  const shared = new Set([...new Set(found.map(({ figure }) => figure))].filter((figure) => modelsOf(figure).size > 1));
  const used = found.filter(({ figure }) => shared.has(figure));
  const subjects = new Map(used.map(({ subject, row }) => [subject, subjectText(row)]));
  let first = 0;
  const figures = [...new Map(used.map((one) => [one.figure, one])).entries()].map(
    ([key, { row, n, values, isLog }]): Figure => {
      const { metric, definition, steps } = row;
      const figure = { key, metric, definition, steps, n, isLog, first, count: values.length };
      first += values.length;
      return figure;
    },
  );
  const [rowOf, figureOf] = [[...subjects.keys()], figures.map(({ key }) => key)].map((keys) => {
    return new Map(keys.map((key, i) => [key, i]));
  }) as [Map<string, number>, Map<string, number>];
  const byCell = new Map<string, (typeof used)[number][]>();
  for (const one of used) {
    const key = `${one.subject} ${one.figure}`;
    const cell = byCell.get(key);
    if (cell) cell.push(one);
    else byCell.set(key, [one]);
  }
  const cells = [...byCell.values()].map((all): Cell => {
    const [{ subject, figure }] = all as [(typeof all)[number]];
    const values = averaged(all.map((one) => one.values));
    return { row: rowOf.get(subject) as number, figure: figureOf.get(figure) as number, values };
  });
  const named = [...subjects].map(([key, text]) => {
    const [hash, ...sampled] = JSON.parse(key) as [string, ...unknown[]];
    return { key, hash, text, isPlain: JSON.stringify(sampled) === "[null,1,1]" };
  });
  return { rows: named.length, subjects: named, figures, cells };
}
