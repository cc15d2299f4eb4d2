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

type Rows = readonly EvaluationRecord[];

const known = new WeakMap<Rows, ReadonlyMap<string, Rows>>();

/** A list is looked through once for all of its measures. */
function byMeasure(rows: Rows): ReadonlyMap<string, Rows> {
  const groups = known.get(rows) ?? groupBy(rows, (e) => measureOf(e).id);
  known.set(rows, groups);
  return groups;
}

/** Rows of one measure, in their order. */
export const rowsOf = (rows: Rows, id: string): Rows => byMeasure(rows).get(id) ?? [];

/** What can be drawn of all of these lists: generative perplexity first, then by number of rows. */
export function measuresOf(...lists: readonly Rows[]): Measure[] {
  const drawn = new Map<Measure, number>();
  for (const rows of lists.flatMap((list) => [...byMeasure(list).values()])) {
    const measure = measureOf(rows[0] as EvaluationRecord);
    const count = rows.filter((e) => e.steps !== null || e.round > 0).length;
    if (count > 0) drawn.set(measure, (drawn.get(measure) ?? 0) + count);
  }
  const rank = (measure: Measure) => (drawn.get(measure) ?? 0) + (measure.metric === "gen-ppl" ? 1e9 : 0);
  return [...drawn.keys()].sort((a, b) => rank(b) - rank(a));
}
