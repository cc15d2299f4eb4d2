/**
 * @file How well factors say what they have not seen: each cell of the table is left out once, with all of its items, and the rank that
 * errs least is taken. The errors are the intervals, too: no law of them is assumed.
 */
import { mean, squaresAbout } from "../statistics/index.js";
import { type Entry, type FactorOptions, fitFactors, type Predict } from "./factors.js";

/** A figure of one model: its items, or the figure itself. */
export interface Cell {
  readonly row: number;
  readonly figure: number;
  /** As many as the figure has columns. */
  readonly values: Float64Array;
}

/** A column of the page: a figure's place among all columns, and what its values are divided by. */
export interface FigureColumns {
  readonly first: number;
  readonly count: number;
}

export interface Table {
  readonly rows: number;
  readonly figures: readonly FigureColumns[];
  readonly cells: readonly Cell[];
}

/** Mean and spread of a figure over the models that have it. */
export interface Scale {
  readonly mean: number;
  readonly spread: number;
}

export function scalesOf({ figures, cells }: Table): Scale[] {
  return figures.map((_, figure) => {
    const means = cells.filter((cell) => cell.figure === figure).map(({ values }) => mean(values));
    const variance = means.length < 2 ? 1 : squaresAbout(means) / (means.length - 1);
    return { mean: means.length === 0 ? 0 : mean(means), spread: Math.sqrt(variance) || 1 };
  });
}

function entriesOf({ figures }: Table, cells: readonly Cell[], scales: readonly Scale[]): Entry[] {
  return cells.flatMap(({ row, figure, values }) => {
    const { first, count } = figures[figure] as FigureColumns;
    const scale = scales[figure] as Scale;
    return Array.from(values, (value, i) => {
      return { row, column: first + i, value: (value - scale.mean) / scale.spread, weight: 1 / count };
    });
  });
}

/** A cell's figure in units of its spread, from the factors that `cells` give. */
export function forecaster(table: Table, cells: readonly Cell[], scales: readonly Scale[], options: FactorOptions) {
  const columns = table.figures.reduce((sum, { count }) => sum + count, 0);
  const predict: Predict = fitFactors(entriesOf(table, cells, scales), { rows: table.rows, columns }, options);
  return (row: number, figure: number): number => {
    const { first, count } = table.figures[figure] as FigureColumns;
    return mean(Array.from({ length: count }, (_, i) => predict(row, first + i)));
  };
}

const folds = 10;

/** |forecast − figure| in units of the figure's spread, for cells whose row and figure have others beside them. */
function heldOutErrors(table: Table, options: FactorOptions): number[] {
  const { cells } = table;
  const countsOf = (kept: readonly Cell[], by: "row" | "figure") => {
    const counts = new Map<number, number>();
    for (const cell of kept) counts.set(cell[by], (counts.get(cell[by]) ?? 0) + 1);
    return (place: number) => counts.get(place) ?? 0;
  };
  return Array.from({ length: Math.min(folds, cells.length) }, (_, fold) => {
    const kept = cells.filter((_, i) => i % folds !== fold);
    const scales = scalesOf({ ...table, cells: kept });
    const forecast = forecaster(table, kept, scales, options);
    const [ofFigure, ofRow] = [countsOf(kept, "figure"), countsOf(kept, "row")];
    return cells.flatMap(({ row, figure, values }, i) => {
      if (i % folds !== fold) return [];
      if (ofFigure(figure) < 2 || ofRow(row) === 0) return [];
      const scale = scales[figure] as Scale;
      return [Math.abs(forecast(row, figure) - (mean(values) - scale.mean) / scale.spread)];
    });
  }).flat();
}

/**
 * What a new error stays below with a chance of `level`, by the errors alone: the ⌈(n + 1) · level⌉-th smallest of n.
 *
 * Holds    undefined where there are too few: n < level/(1 − level)
 */
export function errorBound(errors: readonly number[], level: number): number | undefined {
  const place = Math.ceil((errors.length + 1) * level);
  return [...errors].sort((a, b) => a - b)[place - 1];
}

export interface ChosenRank {
  readonly options: FactorOptions;
  readonly errors: readonly number[];
  /** Mean errors of ranks 0, 1, …; rank 0 is row and column means. */
  readonly meanErrors: readonly number[];
}

const ranks = [0, 1, 2, 3];

/** The rank of the smallest held-out error; a higher one only where it is really smaller. */
export function chosenRank(table: Table, { ridge, sweeps }: Omit<FactorOptions, "rank">): ChosenRank {
  const all = ranks.map((rank) => {
    const options = { rank, ridge, sweeps };
    return { options, errors: heldOutErrors(table, options) };
  });
  const meanErrors = all.map(({ errors }) => (errors.length === 0 ? Number.NaN : mean(errors)));
  const best = meanErrors.reduce((place, error, i) => (error < (meanErrors[place] as number) ? i : place), 0);
  return { ...(all[best] as (typeof all)[number]), meanErrors };
}
