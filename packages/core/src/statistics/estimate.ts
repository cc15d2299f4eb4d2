/**
 * @file A table's cells: evaluations of one figure taken together, with one statistic wherever they are shown.
 *
 * Perplexities are averaged by their logarithms everywhere. All cells of one table are given at once, because they share the
 * variance between trainings (`randomEffects.ts`).
 */
import { type MetricKind, metricKind, type Scale } from "./metrics.js";
import { shareInterval } from "./proportion.js";
import {
  type BetweenSeeds,
  betweenSeeds,
  type Cell,
  type Effect,
  effectInterval,
  effectOf,
  type Replicate,
} from "./randomEffects.js";
import { studentQuantile } from "./student.js";

export interface Estimate {
  readonly mean: number;
  /** NaN where no interval is known. */
  readonly low: number;
  readonly high: number;
  /** How many replicates the mean is over. */
  readonly n: number;
  /** What the interval is over: other trainings and draws, what one evaluation's error is over, or nothing. */
  readonly over: "seeds" | MetricKind["errorOver"] | "nothing";
}

/** One evaluation: one model and one sampling seed. */
export interface Evaluated {
  readonly value: number;
  readonly stderr: number | null;
  /** The weights' hash. */
  readonly model: string;
  /** Items or samples. */
  readonly n: number;
}

export interface TableCell {
  readonly evaluations: readonly Evaluated[];
  /** The name of its row: cells of a row are of the same models. */
  readonly line: string;
  /** Whether it is one model and no recipe: a teacher, a baseline, a text. */
  readonly isFixed: boolean;
}

const toScale = (scale: Scale) => (scale === "log" ? Math.log : (value: number) => value);
const fromScale = (scale: Scale) => (scale === "log" ? Math.exp : (value: number) => value);

function replicateOf(
  { scale, errorOver }: MetricKind,
  { value, stderr, model }: Evaluated,
  isAlone: boolean,
): Replicate {
  // An error over clusterings says nothing of other samples, one over timed runs nothing of other trainings.
  const isPartial = errorOver === "clusterings" || (errorOver === "runs" && !isAlone);
  const known = stderr === null || !Number.isFinite(stderr) || isPartial ? null : stderr;
  return { value: toScale(scale)(value), stderr: known === null || scale === "linear" ? known : known / value, model };
}

function cellOf(kind: MetricKind, { evaluations, line, isFixed }: TableCell): Cell {
  const replicates = evaluations.map((one) => replicateOf(kind, one, evaluations.length === 1));
  return { replicates, line, isFixed, sharesItems: kind.errorOver === "items" };
}

/** The exact interval of the items, with what trainings add to it at either side. */
function shareEstimate({ mean, ofTrainings, degrees }: Effect, items: number): { low: number; high: number } {
  const exact = shareInterval(mean * items, items);
  const added = studentQuantile(degrees) * Math.sqrt(ofTrainings);
  const low = mean - Math.hypot(mean - exact.low, added);
  const high = mean + Math.hypot(exact.high - mean, added);
  return { low: Math.max(0, low), high: Math.min(1, high) };
}

function estimateOf(kind: MetricKind, effect: Effect, { evaluations }: TableCell): Estimate {
  const over = effect.over === "samples" ? kind.errorOver : effect.over;
  const back = fromScale(kind.scale);
  const { mean, low, high, n } = effectInterval(effect);
  const isShare = kind.isShare && mean >= 0 && mean <= 1;
  const items = Math.min(...evaluations.map((one) => one.n));
  const ends = isShare ? shareEstimate(effect, items) : { low: back(low), high: back(high) };
  const [only] = evaluations;
  // A single figure is shown as it is, not as it comes back from its logarithm.
  const middle = evaluations.length === 1 && only ? only.value : back(mean);
  return { mean: middle, ...ends, n, over: isShare && over === "nothing" ? kind.errorOver : over };
}

/** The variance between trainings that a table's cells share, on the metric's scale. */
export const tableSeeds = (metric: string, cells: readonly TableCell[]): BetweenSeeds | undefined =>
  betweenSeeds(cells.map((cell) => cellOf(metricKind(metric), cell)));

/**
 * The cells of one table, each with its mean and 95 % interval.
 *
 * @param between of a larger table than is shown, so that a cell has the same interval whatever stands beside it
 * Holds    on the log scale the mean is geometric and the interval never reaches zero
 *          · a share's interval has width at 0 of n, and stays within [0, 1]
 */
export function tableEstimates(
  metric: string,
  cells: readonly TableCell[],
  between = tableSeeds(metric, cells),
): Estimate[] {
  const kind = metricKind(metric);
  const all = cells.map((cell) => cellOf(kind, cell));
  return cells.map((cell, i) => estimateOf(kind, effectOf(all[i] as Cell, between), cell));
}
