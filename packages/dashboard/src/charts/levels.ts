/**
 * @file Measures that have no step count, or only one (a last-word accuracy, a bound): one number a line and measure.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { type CurveRequest, groupBy, type Measure, measureOf, replicates, scaleOf } from "./curve.js";
import { type Estimate, estimate } from "./statistics.js";

export interface Levels {
  readonly measures: readonly Measure[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly (Level | null)[] }[];
}

export interface Level {
  readonly value: Estimate;
  readonly keys: readonly string[];
}

type Request = Pick<CurveRequest, "evaluations" | "labelOf" | "groupOf">;

const stepsIn = (rows: readonly EvaluationRecord[]) =>
  new Set(rows.flatMap(({ steps }) => (steps === null ? [] : [steps]))).size;

/** Measures taken at no more than one step count. */
function levelMeasures(evaluations: readonly EvaluationRecord[]): [Measure, EvaluationRecord[]][] {
  const groups = groupBy(
    evaluations.filter((e) => e.temperature === 1),
    (e) => measureOf(e).id,
  );
  const few = [...groups.values()].filter((rows) => stepsIn(rows) <= 1);
  const withHead = few.map((rows): [Measure, EvaluationRecord[]] => [measureOf(rows[0] as EvaluationRecord), rows]);
  return withHead.sort(([a], [b]) => a.id.localeCompare(b.id));
}

export function levelsOf({ evaluations, labelOf, groupOf }: Request): Levels {
  const found = levelMeasures(evaluations);
  const nameOf = (e: EvaluationRecord): string => {
    if (e.round === 0) return labelOf(e.runId);
    const group = groupOf?.(e) ?? "";
    return group === "" ? `round ${e.round}` : `${group}, round ${e.round}`;
  };
  const all = found.flatMap(([, rows]) => rows).sort((a, b) => a.round - b.round);
  const labels = [...new Set(all.map(nameOf))];
  const rows = labels.map((label) => ({
    label,
    cells: found.map(([{ metric }, measured]): Level | null => {
      const used = replicates(measured.filter((e) => nameOf(e) === label));
      if (used.length === 0) return null;
      return { value: estimate(used, scaleOf(metric)), keys: used.map(({ key }) => key) };
    }),
  }));
  return { measures: found.map(([measure]) => measure), rows };
}
