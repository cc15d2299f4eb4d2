/**
 * @file An experiment's samplers side by side, as the store has them: the only reader of the page that asks for other rows than ancestral ones.
 */
import { metricKind } from "@sdtt/core/statistics";
import { originsOf } from "@sdtt/core/store";
import { linesOf } from "../charts/data/lines.js";
import { measuresOf } from "../charts/data/measure.js";
import { byCost, type Samplers, samplersOf, type Temperatures } from "../charts/data/samplers.js";
import { type CurveReader, lineOriginOf, selectExperiment, withAllRuns } from "./curve.js";

export interface SamplersSelection {
  /** Left out: the newest with evaluations. */
  readonly experiment?: string | undefined;
  /** Left out: "own". */
  readonly temperatures?: Temperatures;
}

/** Throws UserError when there is no such experiment. */
export function samplersFrom(
  reader: CurveReader,
  { experiment: name, temperatures = "own" }: SamplersSelection,
): Samplers {
  const experiment = selectExperiment(reader, name).name;
  const evaluations = reader.evaluations({ experiment, sampler: "any" });
  const measure = measuresOf(evaluations).find(({ metric }) => metricKind(metric).isMatched);
  if (measure === undefined)
    return { experiment, definition: null, lines: [], hasHidden: false, family: byCost(() => 0) };
  const lines = linesOf(evaluations, lineOriginOf(originsOf(withAllRuns(reader))));
  return samplersOf({ experiment, evaluations, measure: measure.id, lines, temperatures });
}
