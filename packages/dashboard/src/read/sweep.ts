/**
 * @file An experiment's cells as a grid over what they differ in, with each cell's state and figure.
 *
 * A sweep that was submitted is shown by its manifest, with cells that are pending, pruned or cancelled; training runs
 * that were started by hand are laid out over the config keys in which they differ.
 */

import { userError } from "@sdtt/core/base";
import type { Estimate, Verdict } from "@sdtt/core/statistics";
import { selectExperiment } from "./curve.js";
import type { Reader } from "./stores/merged.js";
import type { SweepFiles } from "./sweepFiles/submitted.js";
import { sweepOfManifest } from "./sweepManifest.js";
import { sweepOfRuns } from "./sweepRuns.js";

export interface SweepCell {
  /** The value on each axis, as JSON. */
  readonly at: readonly string[];
  /** How many of its seeds are in which state. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seeds: readonly number[];
  /** The newest round of the cell that was judged, and its value at the chosen step count. */
  readonly round: number | null;
  readonly value: Estimate | null;
  /** How it compares: a gain at matched entropy, or by the first cell, with the verdict that it has among all; else why not. */
  readonly says: string;
  readonly verdict: Verdict | null;
  /** Of the same samples, in nats, the mean over seeds: no perplexity without it. */
  readonly entropy: number | null;
  readonly runs: readonly string[];
}

/** A cell of one seed that is not done. */
export interface OpenCell {
  readonly label: string;
  readonly state: string;
  /** Why it failed, or was pruned. */
  readonly note: string;
  /** Commands to copy, by what they do. */
  readonly commands: Readonly<Record<string, string>>;
}

export interface Sweep {
  readonly experiment: string;
  readonly axes: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly cells: readonly SweepCell[];
  readonly measure: string | null;
  readonly steps: number | null;
  readonly stepChoices: readonly number[];
  /** How many cells, each of one seed, are in which state. */
  readonly counts: Readonly<Record<string, number>>;
  readonly open: readonly OpenCell[];
  /** What its intervals are over, and how many verdicts are one family. */
  readonly note: string;
  /** For the whole sweep; none where the runs were started by hand. */
  readonly commands: Readonly<Record<string, string>>;
}

/** Throws UserError for an unknown experiment, a step count that was not judged, or damaged files of a sweep. */
export function sweepOf(
  reader: Reader,
  files: SweepFiles,
  name: string | undefined,
  wanted: number | undefined,
): Sweep {
  const experiment = selectExperiment(reader, name).name;
  const submitted = files.sweep(experiment);
  const sweep =
    submitted === undefined ? sweepOfRuns(reader, experiment, wanted) : sweepOfManifest(reader, submitted, wanted);
  if (wanted !== undefined && !sweep.stepChoices.includes(wanted)) {
    const remedy = `Give one of: ${sweep.stepChoices.join(", ") || "none yet"}.`;
    throw userError("sweep", "steps must be a step count that was judged", wanted, remedy);
  }
  return sweep;
}
