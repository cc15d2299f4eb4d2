/** @file Forecasts of the cells that were not run, with intervals from held-out cells, and whether they are worth anything. */
import { type ChosenRank, chosenRank, errorBound, forecaster, type Scale, scalesOf } from "./heldOut.js";
import type { Figure, ForecastTable, Subject } from "./table.js";

export interface Forecast {
  readonly subject: Subject;
  readonly figure: Figure;
  readonly value: number;
  /** Of `level`; undefined where too few cells were held out for it. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export interface Forecasts {
  readonly forecasts: readonly Forecast[];
  readonly chosen: ChosenRank;
  readonly level: number;
}

export const usualFit = { ridge: 0.3, sweeps: 30 } as const;

/**
 * Whether the cell could be run, as far as the table tells: what is sampled in steps, of who was ever sampled in steps; what belongs to weights, of the
 * row that stands for them.
 */
function possible({ cells, figures, subjects }: ForecastTable): (row: number, figure: number) => boolean {
  const sampled = new Set(cells.filter((cell) => figures[cell.figure]?.steps !== null).map(({ row }) => row));
  const ofSteps = new Set(figures.filter(({ steps }) => steps !== null).map(({ metric }) => metric));
  const ofOthers = new Set(cells.filter(({ row }) => !subjects[row]?.isPlain).map(({ figure }) => figure));
  return (row, f) => {
    const { steps, metric } = figures[f] as Figure;
    // Of text that no steps made, as real text and AR's are.
    if (steps === null ? sampled.has(row) && ofSteps.has(metric) : !sampled.has(row)) return false;
    return subjects[row]?.isPlain || ofOthers.has(f);
  };
}

/** Every possible cell that is not there, of a model that has a figure and a figure that two models have. */
export function forecastsOf(table: ForecastTable, level: number): Forecasts {
  const chosen = chosenRank(table, usualFit);
  const scales = scalesOf(table);
  const forecast = forecaster(table, table.cells, scales, chosen.options);
  const known = new Set(table.cells.map(({ row, figure }) => `${row} ${figure}`));
  const isPossible = possible(table);
  const bound = errorBound(chosen.errors, level);
  const forecasts = table.subjects.flatMap((subject, row) =>
    table.figures.flatMap((figure, f): Forecast[] => {
      if (known.has(`${row} ${f}`) || !isPossible(row, f)) return [];
      const { mean, spread } = scales[f] as Scale;
      const middle = forecast(row, f);
      const at = (x: number) => (figure.isLog ? Math.exp(mean + spread * x) : mean + spread * x);
      const interval = bound === undefined ? {} : { low: at(middle - bound), high: at(middle + bound) };
      return [{ subject, figure, value: at(middle), ...interval }];
    }),
  );
  return { forecasts, chosen, level };
}
