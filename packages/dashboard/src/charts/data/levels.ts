/**
 * @file Measures that know no step counts (a last-word accuracy, a bound): one number a line and measure.
 */
import type { Estimate } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { estimateValue, variationOf } from "./cells.js";
import type { CurveRequest } from "./curve.js";
import { groupBy, type Lines, levelNames, replicates, unique } from "./lines.js";
import { type Measure, measureOf } from "./measure.js";

export interface Levels {
  readonly measures: readonly Measure[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly (Level | null)[] }[];
}

export interface Level {
  readonly value: Estimate;
  readonly keys: readonly string[];
}

interface Request extends Pick<CurveRequest, "evaluations" | "labelOf"> {
  readonly lines: Lines;
}

/** Measures of no step count, or always of one pass. */
function levelMeasures(evaluations: readonly EvaluationRecord[]): [Measure, EvaluationRecord[]][] {
  const groups = groupBy(
    evaluations.filter((e) => e.temperature === 1),
    (e) => measureOf(e).id,
  );
  const few = [...groups.values()].filter((rows) => rows.every(({ steps }) => (steps ?? 1) <= 1));
  const withHead = few.map((rows): [Measure, EvaluationRecord[]] => [measureOf(rows[0] as EvaluationRecord), rows]);
  return withHead.sort(([a], [b]) => a.id.localeCompare(b.id));
}

export function levelsOf({ evaluations, labelOf, lines }: Request): Levels {
  const found = levelMeasures(evaluations);
  const all = found.flatMap(([, rows]) => rows).sort((a, b) => a.round - b.round);
  const levelOf = levelNames(
    all.filter((e) => e.round === 0),
    labelOf,
  );
  const nameOf = (e: EvaluationRecord): string => (e.round === 0 ? levelOf(e) : lines.nameOf(e));
  const labels = unique(all.map(nameOf));
  const rows = labels.map((label) => ({
    label,
    cells: found.map(([{ metric }, measured]): Level | null => {
      const used = replicates(measured.filter((e) => nameOf(e) === label));
      if (used.length === 0) return null;
      const variation = variationOf(metric, measured, lines);
      return { value: estimateValue(metric, used, variation), keys: used.map(({ key }) => key) };
    }),
  }));
  return { measures: found.map(([measure]) => measure), rows };
}
