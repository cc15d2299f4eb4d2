/**
 * @file How much each axis of a sweep matters, and how well that is known: an analysis of variance over its cells, seed by seed.
 *
 * Cells of one seed share teacher, data order and draws, so that seeds are blocks, and the noise is what is left of the figures
 * once each cell and each seed has its own mean. Cells may be missing. Rejected: importances by random forests (as fANOVA has
 * them), which have no error that is known and find an order in noise.
 */
import { holm } from "./holm.js";
import type { Interval } from "./interval.js";
import { dot } from "./mean.js";
import { lambdaInterval, noncentralF } from "./noncentral.js";
import { studentQuantile } from "./student.js";

/** One figure, on the scale on which effects add (of a perplexity the logarithm). */
export interface FactorFigure {
  /** The cell's value on each axis. */
  readonly at: readonly string[];
  readonly seed: string;
  readonly value: number;
}

export interface Importance {
  /** Of the variance of one run's figure (this effect and the noise, without other effects), with its interval. */
  readonly share: Interval;
  /** Corrected by Holm for all effects of the sweep. */
  readonly p: number;
}

export interface LevelEffect {
  readonly value: string;
  /** Above the mean of the axis' values, the other axes being equal, with its interval. */
  readonly effect: Interval;
}

export interface Importances {
  /** Null for an axis that cannot be told from the others, because its values never vary alone. */
  readonly axes: readonly (Importance | null)[];
  /** Of what axes do together beyond each by itself; null where no cell would tell. */
  readonly interactions: Importance | null;
  readonly levels: readonly (readonly LevelEffect[])[];
  /** Standard deviation of one run's figure, seed by seed, and its degrees of freedom. */
  readonly noise: number;
  readonly degrees: number;
  /** `seeds`: what cells and seeds leave; `interactions`: one seed only, so that what axes do together counts as noise. */
  readonly noiseOf: "seeds" | "interactions";
}

type Column = Float64Array;

/** An orthonormal basis of what columns add to `basis`; what they have in common with it adds nothing. */
function added(basis: readonly Column[], columns: readonly Column[]): Column[] {
  const all = [...basis];
  for (const column of columns) {
    const rest = without(all, without(all, column));
    const size = Math.sqrt(dot(rest, rest));
    if (size > 1e-9 * Math.sqrt(column.length)) all.push(rest.map((x) => x / size));
  }
  return all;
}

function without(basis: readonly Column[], column: Column): Column {
  const rest = Float64Array.from(column);
  for (const direction of basis) {
    const along = dot(direction, rest);
    for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as number) - along * (direction[i] as number);
  }
  return rest;
}

const squaresLeft = (basis: readonly Column[], y: Column): number => {
  const rest = without(basis, y);
  return dot(rest, rest);
};

/** 1 where a figure is of a value, a column for each value. */
const indicators = (of: readonly string[], values: readonly string[]): Column[] =>
  values.map((value) => Float64Array.from(of, (one) => Number(one === value)));

const distinct = (of: readonly string[]): string[] => [...new Set(of)];
const indicatorsOf = (of: readonly string[]): Column[] => indicators(of, distinct(of));

interface Noise {
  readonly variance: number;
  readonly degrees: number;
  readonly of: Importances["noiseOf"];
}

interface Effect {
  readonly squares: number;
  readonly degrees: number;
}

const sizeOf = ({ squares, degrees }: Effect, noise: Noise): number => squares / degrees / noise.variance;

/** The chance of as large an F without an effect. */
const chanceOf = (effect: Effect, noise: Noise): number =>
  1 - noncentralF(sizeOf(effect, noise), effect.degrees, noise.degrees, 0);

function importanceOf(effect: Effect, noise: Noise, n: number, p: number): Importance {
  const f = sizeOf(effect, noise);
  const [low, high] = lambdaInterval(f, effect.degrees, noise.degrees).map((lambda) => lambda / (lambda + n)) as [
    number,
    number,
  ];
  const signal = Math.max(0, effect.degrees * (f - 1));
  return { share: { mean: signal / (signal + n), low, high, n }, p };
}

/** Sum-to-zero columns: a coefficient is then a value's distance to the mean of all values. */
function deviations(of: readonly string[], values: readonly string[]): Column[] {
  const columns = indicators(of, values);
  const last = columns.at(-1) as Column;
  return columns.slice(0, -1).map((column) => column.map((x, i) => x - (last[i] as number)));
}

/** Coefficients of the last columns beside `basis`, with what their errors are multiples of the noise of. */
function levelEffects(basis: readonly Column[], y: Column, of: readonly string[], noise: Noise): LevelEffect[] {
  const values = distinct(of).sort();
  const columns = deviations(of, values).map((column) => without(basis, column));
  const inverse = inverseOf(columns.map((a) => columns.map((b) => dot(a, b))));
  if (inverse === undefined) return [];
  const products = columns.map((column) => dot(column, y));
  const coefficients = inverse.map((row) => dot(row, products));
  const t = studentQuantile(noise.degrees);
  const weights = values.map((_, i) => columns.map((_, k) => (i === columns.length ? -1 : Number(i === k))));
  return values.map((value, i): LevelEffect => {
    const w = weights[i] as number[];
    const mean = dot(w, coefficients);
    const variance = dot(
      w,
      inverse.map((row) => dot(w, row)),
    );
    const half = t * Math.sqrt(variance * noise.variance);
    return {
      value,
      effect: { mean, low: mean - half, high: mean + half, n: of.filter((one) => one === value).length },
    };
  });
}

/** By Gauss and Jordan; undefined for a matrix without one. */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, k) => Number(i === k))]);
  const scale = Math.max(...matrix.flat().map(Math.abs), 1e-300);
  for (let i = 0; i < n; i++) {
    const pivot = rows
      .slice(i)
      .reduce(
        (best, row, k) => (Math.abs(row[i] as number) > Math.abs((rows[best] as number[])[i] as number) ? i + k : best),
        i,
      );
    [rows[i], rows[pivot]] = [rows[pivot] as number[], rows[i] as number[]];
    const own = rows[i] as number[];
    const size = own[i] as number;
    if (Math.abs(size) < 1e-9 * scale) return undefined;
    for (let k = 0; k < own.length; k++) own[k] = (own[k] as number) / size;
    for (const [j, row] of rows.entries()) {
      const times = row[i] as number;
      if (j === i || times === 0) continue;
      for (let k = 0; k < row.length; k++) row[k] = (row[k] as number) - times * (own[k] as number);
    }
  }
  return rows.map((row) => row.slice(n));
}

/**
 * The importance of each axis, beside the others; undefined where nothing is left to know the noise from.
 *
 * Holds    an axis that does nothing has a share whose interval begins at 0 in 97.5 of 100 sweeps
 *          · exact for normal errors of one size, whichever cells are missing, if axes add (what they do together has its own row)
 * Source   fixed effects in randomized blocks: H. Scheffé, The Analysis of Variance (1959), ch. 4
 */
export function importancesOf(figures: readonly FactorFigure[], axes: number): Importances | undefined {
  const usable = figures.filter(({ value }) => Number.isFinite(value));
  if (usable.length < 3) return undefined;
  const y = Float64Array.from(usable, ({ value }) => value);
  const of = Array.from({ length: axes }, (_, i) => usable.map(({ at }) => at[i] ?? ""));
  const blocks = added([], [new Float64Array(y.length).fill(1), ...indicatorsOf(usable.map(({ seed }) => seed))]);
  const main = of.map(indicatorsOf);
  const additive = added(blocks, main.flat());
  const whole = wholeOf(
    y,
    usable.map(({ at }) => JSON.stringify(at)),
    indicatorsOf(usable.map(({ seed }) => seed)),
  );
  const noise = noiseOf(y, additive, whole);
  if (noise === undefined) return undefined;
  const rests = main.map((_, i) => added(blocks, main.filter((_, k) => k !== i).flat()));
  const effects = rests.map((rest): Effect => effectOf(y, rest, additive));
  const left = squaresLeft(additive, y);
  const together = { squares: Math.max(0, left - whole.squares), degrees: whole.rank - additive.length };
  const all = [...effects, ...(noise.of === "seeds" ? [together] : [])];
  const chances = holm(all.map((effect) => (effect.degrees === 0 ? 1 : chanceOf(effect, noise))));
  const told = all.map((effect, i) =>
    effect.degrees === 0 ? null : importanceOf(effect, noise, y.length, chances[i] as number),
  );
  return {
    axes: told.slice(0, axes),
    interactions: told[axes] ?? null,
    levels: rests.map((rest, i) => levelEffects(rest, y, of[i] as string[], noise)),
    noise: Math.sqrt(noise.variance),
    degrees: noise.degrees,
    noiseOf: noise.of,
  };
}

/** What `more` explains beyond `less`. */
function effectOf(y: Column, less: readonly Column[], more: readonly Column[]): Effect {
  return { squares: Math.max(0, squaresLeft(less, y) - squaresLeft(more, y)), degrees: more.length - less.length };
}

/** The model with a mean for each cell and each seed: what it leaves, and how many parameters it has. */
interface Whole {
  readonly squares: number;
  readonly rank: number;
}

/** Cells are taken out by their means, so that hundreds of them take no longer than the seeds do. */
function wholeOf(y: Column, cells: readonly string[], seeds: readonly Column[]): Whole {
  const about = (column: Column): Column => {
    const sums = new Map<string, [sum: number, n: number]>();
    for (const [i, cell] of cells.entries()) {
      const [sum, n] = sums.get(cell) ?? [0, 0];
      sums.set(cell, [sum + (column[i] as number), n + 1]);
    }
    return column.map((x, i) => {
      const [sum, n] = sums.get(cells[i] as string) as [number, number];
      return x - sum / n;
    });
  };
  const basis = added([], seeds.map(about));
  return { squares: squaresLeft(basis, about(y)), rank: distinct(cells).length + basis.length };
}

function noiseOf(y: Column, additive: readonly Column[], whole: Whole): Noise | undefined {
  const of = y.length > whole.rank ? "seeds" : "interactions";
  const degrees = y.length - (of === "seeds" ? whole.rank : additive.length);
  const squares = of === "seeds" ? whole.squares : squaresLeft(additive, y);
  // What rounding leaves of figures that fit exactly is no noise.
  const isThere = squares > 1e-24 * dot(y, y);
  const variance = degrees > 0 && isThere ? squares / degrees : 0;
  return variance > 0 ? { variance, degrees, of } : undefined;
}
