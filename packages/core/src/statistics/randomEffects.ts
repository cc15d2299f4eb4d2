/**
 * @file Figures of several seeds: what sampling alone lets them vary, and what training adds to it.
 *
 * A cell is one figure (round 3 at 8 steps) under several seeds. Its sampling errors are known; the variance between
 * trainings is the same unknown for all cells of a table and is estimated from all of them, because one cell of three
 * seeds says next to nothing of it. Rejected: Student's t over each cell's own seeds, whose width is a lottery of two
 * degrees of freedom (docs/decisions/0008); the wider of that and the sampling error, which covers 99 %.
 */
import type { Interval } from "./interval.js";
import { mean, rootMeanSquare, squaresAbout } from "./mean.js";
import { pValue, studentQuantile } from "./student.js";

/** A figure under one seed, on the scale on which it is averaged: of a perplexity the logarithm. */
export interface Replicate {
  readonly value: number;
  /** Over samples or items; null where it is not known. */
  readonly stderr: number | null;
  /** What was trained. Replicates of one model differ in their draws alone. */
  readonly model: string;
}

export interface Cell {
  readonly replicates: readonly Replicate[];
  /** Cells of one line are figures of the same models (at other step counts), whose trainings are not new ones. */
  readonly line: string;
  /** Whether it is one model and no recipe: a teacher, a baseline, a text. No other training is meant. */
  readonly isFixed?: boolean;
  /** Whether all models answer the same items, so that more seeds do not make the items more. */
  readonly sharesItems?: boolean;
  /** Of the mean, what all replicates have in common: of one teacher's samples that all of them are held against. */
  readonly sharedVariance?: number;
}

/** The variance between trainings, and how well it is known. */
export interface BetweenSeeds {
  readonly variance: number;
  /** Degrees of freedom over all cells: what the noise of sampling is averaged over. */
  readonly ofCells: number;
  /** Degrees of freedom over lines: what trainings themselves are averaged over. */
  readonly ofLines: number;
}

export interface Effect {
  readonly mean: number;
  /** Of the mean; NaN where nothing is known of it. */
  readonly stderr: number;
  /** The part of `stderr` squared that trainings add to draws or items. */
  readonly ofTrainings: number;
  readonly degrees: number;
  /** Replicates. */
  readonly n: number;
  /** `seeds`: for other trainings too; `samples`: for other draws from these models; `nothing`: no error is known. */
  readonly over: "seeds" | "samples" | "nothing";
}

interface Unit {
  readonly value: number;
  /** Of its sampling; 0 where it is not known, so that all of its scatter counts as between trainings. */
  readonly variance: number;
}

/** The models of a cell: draws of one and the same are averaged first. */
function unitsOf({ replicates }: Cell): Unit[] {
  const models = new Map<string, Replicate[]>();
  for (const one of replicates) {
    const draws = models.get(one.model);
    if (draws) draws.push(one);
    else models.set(one.model, [one]);
  }
  return [...models.values()].map((draws) => {
    const error = rootMeanSquare(draws.map(({ stderr }) => stderr ?? 0));
    return { value: mean(draws.map(({ value }) => value)), variance: error ** 2 / draws.length };
  });
}

interface Scatter {
  readonly degrees: number;
  /** Of the models about their mean. */
  readonly squares: number;
  /** Of a model's sampling. */
  readonly variance: number;
  readonly line: string;
}

function scatterOf(cell: Cell): Scatter[] {
  const units = unitsOf(cell);
  if (cell.isFixed || units.length < 2) return [];
  const squares = squaresAbout(units.map(({ value }) => value));
  if (!Number.isFinite(squares)) return [];
  // Of the same items the sampling error is shared: all that models scatter by is their own.
  const variance = cell.sharesItems ? 0 : mean(units.map((unit) => unit.variance));
  return [{ degrees: units.length - 1, squares, variance, line: cell.line }];
}

/**
 * The variance between trainings, from all cells together; undefined where no cell has two models.
 *
 * Holds    never negative: 0 where models scatter no more than their sampling does
 * Source   Paule and Mandel, J. Res. Natl. Bur. Stand. 87 (1982): Σ squares/(sampling + between) = degrees, here over
 *          several cells of one variance
 */
export function betweenSeeds(cells: readonly Cell[]): BetweenSeeds | undefined {
  const scatters = cells.flatMap(scatterOf);
  if (scatters.length === 0) return undefined;
  const ofCells = scatters.reduce((sum, { degrees }) => sum + degrees, 0);
  const lines = new Map<string, number>();
  for (const { line, degrees } of scatters) lines.set(line, Math.max(degrees, lines.get(line) ?? 0));
  const ofLines = [...lines.values()].reduce((sum, degrees) => sum + degrees, 0);
  return { variance: varianceBetween(scatters, ofCells), ofCells, ofLines };
}

function varianceBetween(scatters: readonly Scatter[], degrees: number): number {
  const excess = (between: number) =>
    scatters.reduce((sum, { squares, variance }) => sum + (squares === 0 ? 0 : squares / (variance + between)), 0) -
    degrees;
  if (excess(0) <= 0) return 0;
  // Above the largest scatter of one cell every term is below its degrees of freedom.
  let [low, high] = [0, Math.max(...scatters.map((one) => one.squares / one.degrees))];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Of one model: its draws alone; where their errors are not known, the scatter of several draws. */
function fixedEffect({ replicates }: Cell): Effect {
  const values = replicates.map(({ value }) => value);
  const n = values.length;
  const errors = replicates.flatMap(({ stderr }) => (stderr === null || Number.isNaN(stderr) ? [] : [stderr]));
  const known = { mean: mean(values), n, ofTrainings: 0, over: "samples" as const };
  if (errors.length === n) {
    return { ...known, stderr: rootMeanSquare(errors) / Math.sqrt(n), degrees: Number.POSITIVE_INFINITY };
  }
  if (n < 2) return { ...known, stderr: Number.NaN, degrees: Number.POSITIVE_INFINITY, over: "nothing" };
  return { ...known, stderr: Math.sqrt(squaresAbout(values) / (n - 1) / n), degrees: n - 1 };
}

/**
 * A cell's mean over its models with the error that it has for other trainings.
 *
 * Holds    never narrower than the sampling errors alone, √(Σ s²)/n
 *          · one model without others to learn from speaks of its samples only
 * Units    degrees by Satterthwaite: of the lines for what trainings add, of the cells for the noise in that
 */
export function effectOf(cell: Cell, between: BetweenSeeds | undefined): Effect {
  const units = unitsOf(cell);
  const { sharedVariance: shared = 0 } = cell;
  if (cell.isFixed || between === undefined) {
    const own = fixedEffect(cell);
    const stderr = cell.sharesItems && own.over === "samples" ? own.stderr * Math.sqrt(own.n) : own.stderr;
    return { ...own, stderr: Math.hypot(stderr, Math.sqrt(shared)) };
  }
  const trainings = between.variance / units.length;
  const draws = mean(units.map(({ variance }) => variance)) / (cell.sharesItems ? 1 : units.length);
  const variance = trainings + draws + shared;
  const share = variance === 0 ? 0 : trainings / variance;
  const uncertain = share ** 2 / between.ofLines + (1 - share ** 2) / between.ofCells;
  return {
    mean: mean(units.map(({ value }) => value)),
    stderr: Math.sqrt(variance),
    ofTrainings: trainings,
    degrees: share === 0 ? Number.POSITIVE_INFINITY : 1 / uncertain,
    n: cell.replicates.length,
    over: "seeds",
  };
}

/** The effect with its interval; NaN at the ends where no error is known. */
export function effectInterval({ mean: middle, stderr, degrees, n }: Effect, level = 0.95): Interval {
  const half = stderr * studentQuantile(degrees, level);
  return { mean: middle, low: middle - half, high: middle + half, n };
}

/** Of an effect on logarithms: how many times, with its interval. */
export function ratioInterval(effect: Effect): Interval {
  const { mean: middle, low, high, n } = effectInterval(effect);
  return { mean: Math.exp(middle), low: Math.exp(low), high: Math.exp(high), n };
}

/** The chance of an effect as far from `none` as this one where there is none; 1 where no error is known. */
export function effectP({ mean: middle, stderr, degrees }: Effect, none = 0): number {
  const distance = Math.abs(middle - none) / stderr;
  return Number.isNaN(distance) ? 1 : pValue(distance, degrees);
}
