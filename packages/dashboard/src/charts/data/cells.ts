/**
 * @file Evaluations as cells of a table: a line at a step count, with what its figure and its entropy are estimated from.
 */
import { type BetweenSeeds, type Estimate, type TableCell, tableEstimates, tableSeeds } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { groupsOf, type Lines, once, replicates } from "./lines.js";

/** What entropy's cells are averaged as, wherever they stand. */
const entropyMetric = "sample-entropy";

type Row = EvaluationRecord;

export function valueCell(rows: readonly Row[], line: string): TableCell {
  const evaluations = rows.map(({ value, stderr, subjectHash: model, n }) => ({ value, stderr, model, n }));
  return { evaluations, line, isFixed: rows.every(({ round }) => round === 0) };
}

function entropyCell(rows: readonly Row[], line: string): TableCell {
  const known = rows.filter(({ entropy }) => entropy !== null);
  const evaluations = known.map(({ entropy, entropyStderr, subjectHash: model, n }) => {
    return { value: entropy as number, stderr: entropyStderr, model, n };
  });
  return { evaluations, line, isFixed: rows.every(({ round }) => round === 0) };
}

/** How much trainings vary in figure and entropy, from all lines of an experiment whichever are shown. */
export interface Variation {
  readonly value: BetweenSeeds | undefined;
  readonly entropy: BetweenSeeds | undefined;
}

export function variationOf(metric: string, rows: readonly Row[], { nameOf }: Lines): Variation {
  const cells = once(() =>
    groupsOf(rows, ({ steps }) => steps, nameOf).map((same) => {
      return { used: replicates(same), line: nameOf(same[0] as Row) };
    }),
  );
  const between = (of: string, cellOf: typeof valueCell) =>
    once(() =>
      tableSeeds(
        of,
        cells().map(({ used, line }) => cellOf(used, line)),
      ),
    );
  const [value, entropy] = [between(metric, valueCell), between(entropyMetric, entropyCell)];
  return {
    get value() {
      return value();
    },
    get entropy() {
      return entropy();
    },
  };
}

/** A cell's figure, with the one statistic that it has everywhere. */
export function estimateValue(metric: string, used: readonly Row[], variation: Pick<Variation, "value">): Estimate {
  return tableEstimates(metric, [valueCell(used, "")], variation.value)[0] as Estimate;
}

export function estimateEntropy(used: readonly Row[], variation: Pick<Variation, "entropy">): Estimate | null {
  const cell = entropyCell(used, "");
  if (cell.evaluations.length === 0) return null;
  return tableEstimates(entropyMetric, [cell], variation.entropy)[0] as Estimate;
}
