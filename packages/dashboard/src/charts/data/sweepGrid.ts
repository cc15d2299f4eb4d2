/** @file The shape of a grid of cells, whether a sweep was submitted or its runs were started by hand. */
import type { Estimate, Verdict } from "@sdtt/core/statistics";

export interface GridCell {
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
  /** Each seed's own figure, or its gain where the sweep is judged by gains. */
  readonly outcomes: readonly { readonly seed: string; readonly value: number }[];
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
  readonly cells: readonly GridCell[];
  readonly measure: string | null;
  /** What `outcomes` are figures of: the measure's metric, or `gain-at-entropy`. */
  readonly outcomeMetric: string | null;
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

/** A value as it stands in a cell's label: text without quotation marks. */
export function plainValue(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : value === null ? "none" : json;
}
