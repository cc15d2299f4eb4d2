/**
 * @file What can be measured of evaluations: a definition against a judge or a data set, a time of one batch; and a figure of one seed under it.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { groupBy } from "./lines.js";

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

export function measureOf(e: EvaluationRecord): Measure {
  const against = e.referenceHash === null ? "" : ` ${e.referenceHash.slice(0, 12)}`;
  const batch = e.batch === null ? "" : ` batch ${e.batch}`;
  return {
    id: e.definition + against + batch,
    metric: e.metric,
    definition: e.definition,
    referenceHash: e.referenceHash,
  };
}

/** What can be drawn: generative perplexity first, then by number of rows. */
export function measuresOf(evaluations: readonly EvaluationRecord[]): Measure[] {
  const drawn = evaluations.filter((e) => e.steps !== null || e.round > 0);
  const groups = [...groupBy(drawn, (e) => measureOf(e).id).values()];
  const first = (rows: EvaluationRecord[]) => rows[0] as EvaluationRecord;
  const rank = (rows: EvaluationRecord[]) => rows.length + (first(rows).metric === "gen-ppl" ? 1e9 : 0);
  return groups.sort((a, b) => rank(b) - rank(a)).map((rows) => measureOf(first(rows)));
}
