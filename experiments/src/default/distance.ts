/**
 * @file How far what is written lies from the training text, by its tokens and by its pairs of tokens, without a model that judges.
 */
import { formatNumber, mean } from "@sdtt/core/statistics";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { replicates } from "@sdtt/dashboard";
import { guidance } from "./guidance.js";
import { coarseToFine, roundName, stepsOf } from "./order.js";
import { penalty } from "./penalty.js";
import { type FigureTable, nothing, type Shown } from "./tables.js";

type Row = EvaluationRecord;

const of = { "energy-distance-1": "tokens", "energy-distance-2": "pairs" } as const;
type Metric = keyof typeof of;

/** What a row is called in the table; undefined where it has no place there. */
function lineOf({ round, sampler, temperature, control }: Row): string | undefined {
  if (control !== null) return undefined;
  if (sampler === penalty.sampler && temperature === penalty.temperature) return `${roundName(round)}, penalised`;
  const way = temperature === guidance.temperature ? guidance.samplers[sampler ?? ""] : undefined;
  if (way) return `${roundName(round)}, ${way}`;
  if (sampler === coarseToFine && temperature === 1) return `${roundName(round)}, coarse to fine`;
  if (sampler !== null || temperature > 1) return undefined;
  return temperature === 1 ? roundName(round) : `${roundName(round)}, τ = ${temperature}`;
}

/** Thousandths: mean over n seeds, ± one standard error over their samples; of a level, which has none, no n. */
function shown(rows: readonly Row[]): Shown {
  if (rows.length === 0) return nothing;
  const value = 1000 * mean(rows.map((row) => row.value));
  const stderr = (1000 * Math.hypot(...rows.map((row) => row.stderr ?? Number.NaN))) / rows.length;
  const error = `${formatNumber(value)} ± ${formatNumber(stderr)}`;
  const text = rows.some((row) => row.steps === null) ? error : `${error} n = ${rows.length}`;
  return { text, says: { mean: formatNumber(value), error } };
}

/** A level has no steps: its figure stands in every column. */
function cellsOf(rows: readonly Row[], steps: readonly number[]): Shown[] {
  return steps.map((count) => shown(replicates(rows.filter((row) => row.steps === count || row.steps === null))));
}

/** Levels first, then the teacher and its students, each way of drawing after the other. */
const inOrder = (lines: ReadonlyMap<string, readonly Row[]>): [string, readonly Row[]][] => {
  const place = ([, rows]: [string, readonly Row[]]) => (rows[0]?.steps === null ? -1 : (rows[0]?.round ?? 0));
  return [...lines].sort((a, b) => place(a) - place(b) || a[0].localeCompare(b[0]));
};

/** Undefined where no samples were held against the text. */
export function distanceTable(store: StoreReader, experiment: string): FigureTable | undefined {
  const labels = new Map(store.runs({ stage: "reference" }).map(({ id, name }) => [id, name]));
  const rowsOf = (metric: Metric) => store.evaluations({ experiment, metric, sampler: "any" });
  const lines = (Object.keys(of) as Metric[]).map((metric) => {
    const byLine = new Map<string, Row[]>();
    for (const row of rowsOf(metric)) {
      const line = labels.get(row.runId) ?? lineOf(row);
      if (line) byLine.set(line, [...(byLine.get(line) ?? []), row]);
    }
    return { metric, byLine };
  });
  const steps = stepsOf(lines.flatMap(({ byLine }) => [...byLine.values()].flat())).filter((count) => count > 0);
  if (steps.length === 0) return undefined;
  return {
    key: "distance",
    title: "How far from text, without a judge",
    note: "Energy distance of samples from rows of the training text, in thousandths: by Hellinger's distance of their shares of tokens, and of pairs of tokens (`energy-distance-1-tokens@1`, `-2-`, docs/evaluation.md). 0 for more of that text; held-out chapters have what real text has. Means over n seeds, ± one standard error over samples; none of another training where n is 1.",
    head: ["distance × 1000, steps", ...steps.map(String)],
    rows: lines.flatMap(({ metric, byLine }) =>
      inOrder(byLine).map(([line, rows]) => ({ label: `${of[metric]}: ${line}`, cells: cellsOf(rows, steps) })),
    ),
  };
}
