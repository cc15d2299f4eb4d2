/**
 * @file An experiment's cells as a grid over what they differ in, with each cell's state and figure.
 *
 * A sweep that was submitted is shown by its manifest, with cells that are pending, pruned or cancelled; training runs
 * that were started by hand are laid out over the config keys in which they differ.
 */
import { userError } from "@sdtt/core/base";
import { findingsOf, type SweepFindings } from "../../charts/data/sweepFindings.js";
import type { Sweep } from "../../charts/data/sweepGrid.js";
import { selectExperiment } from "../curve.js";
import type { Reader } from "../stores/merged.js";
import type { SweepFiles } from "../sweepFiles/submitted.js";
import { sweepOfManifest } from "./sweepManifest.js";
import { sweepOfRuns } from "./sweepRuns.js";

/** Throws UserError for an unknown experiment, a step count that was not judged, or damaged files of a sweep. */
export function sweepOf(
  reader: Reader,
  files: SweepFiles,
  name: string | undefined,
  wanted: number | undefined,
): Sweep & { readonly findings: SweepFindings } {
  const experiment = selectExperiment(reader, name).name;
  const submitted = files.sweep(experiment);
  const sweep =
    submitted === undefined ? sweepOfRuns(reader, experiment, wanted) : sweepOfManifest(reader, submitted, wanted);
  if (wanted !== undefined && !sweep.stepChoices.includes(wanted)) {
    const remedy = `Give one of: ${sweep.stepChoices.join(", ") || "none yet"}.`;
    throw userError("sweep", "steps must be a step count that was judged", wanted, remedy);
  }
  return { ...sweep, findings: findingsOf(sweep) };
}
