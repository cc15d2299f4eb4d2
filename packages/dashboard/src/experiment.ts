/**
 * @file An experiment of a store as a curve: the one place where rows meet charts, for the page and the plot alike.
 */
import { type ExperimentRecord, type Store, userError } from "@sdtt/core/store";
import { type Curve, curveOf } from "./charts/curve.js";

export interface CurveSelection {
  /** Left out: the newest that has evaluations, or the newest at all. */
  readonly experiment?: string | undefined;
  readonly measure?: string | undefined;
  readonly allTemperatures?: boolean;
}

function select(store: Store, name: string | undefined): ExperimentRecord {
  const experiments = store.experiments();
  const names = experiments.map((experiment) => experiment.name);
  const newest = experiments.find(({ evaluations }) => evaluations > 0) ?? experiments[0];
  const found = name === undefined ? newest : experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const known = names.length === 0 ? "Run one first." : `Give one of: ${names.slice(0, 10).join(", ")}.`;
  throw userError("dashboard", "the experiment must be in the store", name ?? "an empty store", known);
}

/** Throws UserError when there is no such experiment or measure. */
export function curveFrom(store: Store, selection: CurveSelection): Curve {
  const { name, question } = select(store, selection.experiment);
  const evaluations = store.evaluations({ experiment: name });
  const labelOf = (runId: string): string => {
    const run = store.run(runId);
    const label = run?.config.label;
    return typeof label === "string" ? label : (run?.name ?? runId);
  };
  const { measure, allTemperatures = false } = selection;
  const curve = curveOf({ experiment: name, question, evaluations, labelOf, measure, allTemperatures });
  if (measure === undefined || curve.measure?.id === measure) return curve;
  const known = curve.measures.map(({ id }) => id).join(", ");
  throw userError("dashboard", `the measure must be one of ${name}`, measure, `Give one of: ${known || "none yet"}.`);
}
