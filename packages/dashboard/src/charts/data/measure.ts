/**
 * @file What can be measured of evaluations: a definition against a judge or a data set, a time of one batch; and a figure of one seed under it.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { groupBy, keptBy } from "./lines.js";

export interface Measure {
  readonly id: string;
  readonly metric: string;
  readonly definition: string;
  readonly referenceHash: string | null;
}

export interface SeedFigure {
  /** What makes a pair: the training's seed and that of the draws. */
  readonly seed: string;
  readonly value: number;
  readonly stderr: number | null;
  readonly model: string;
}

/** One object for all rows of a measure. */
export const measureOf = keptBy<EvaluationRecord, Measure>(
  [(e) => e.definition, (e) => e.referenceHash, (e) => e.batch, (e) => e.metric],
  ({ metric, definition, referenceHash, batch }) => {
    const against = referenceHash === null ? "" : ` ${referenceHash.slice(0, 12)}`;
    const of = batch === null ? "" : ` batch ${batch}`;
    return { id: definition + against + of, metric, definition, referenceHash };
  },
);

const known = new WeakMap<readonly EvaluationRecord[], ReadonlyMap<string, readonly EvaluationRecord[]>>();

/** Rows of one measure, in their order; a list is looked through once for all of its measures. */
export function rowsOf(rows: readonly EvaluationRecord[], id: string): readonly EvaluationRecord[] {
  const groups = known.get(rows) ?? groupBy(rows, (e) => measureOf(e).id);
  known.set(rows, groups);
  return groups.get(id) ?? [];
}

/** What can be drawn: generative perplexity first, then by number of rows. */
export function measuresOf(evaluations: readonly EvaluationRecord[]): Measure[] {
  const drawn = evaluations.filter((e) => e.steps !== null || e.round > 0);
  const groups = [...groupBy(drawn, (e) => measureOf(e).id).values()];
  const first = (rows: EvaluationRecord[]) => rows[0] as EvaluationRecord;
  const rank = (rows: EvaluationRecord[]) => rows.length + (first(rows).metric === "gen-ppl" ? 1e9 : 0);
  return groups.sort((a, b) => rank(b) - rank(a)).map((rows) => measureOf(first(rows)));
}
