/**
 * @file What runs side by side would show by figures that only the others have: forecasts, from the table that `eval:forecast` makes.
 *
 * They stand apart from all that was measured: no other answer has them, nothing is compared with them, and none is ever the best. They
 * are made when somebody asks for them, because a table is fitted forty times to say how wrong they are, and in a process of their own
 * (`server/forecasts`), because that takes seconds.
 */
import { userError } from "@sdtt/core/base";
import { quoted } from "@sdtt/core/cli";
import { type Forecasts, type ForecastTable, forecastsOf, forecastTable } from "@sdtt/core/forecast";
import { groupBy, unique } from "../charts/data/lines.js";
import { evaluationsOf } from "./run.js";
import type { Reader } from "./stores/merged.js";

export interface ForecastCell {
  readonly value: number;
  /** Null where too few cells were held out for an interval. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface ForecastRow {
  readonly figure: string;
  readonly steps: number | null;
  /** By run: its forecast, "measured" where it has the figure, null where nothing can be said. */
  readonly cells: readonly (ForecastCell | "measured" | null)[];
}

export interface RunForecasts {
  readonly runs: readonly string[];
  readonly rows: readonly ForecastRow[];
  /** Prints the same, and more. */
  readonly command: string;
  /** How much there is to learn from, and what was learnt: of cells that were left out, in spreads of a figure over models. */
  readonly cells: number;
  readonly models: number;
  readonly level: number;
  readonly rank: number;
  readonly heldOut: number;
  readonly error: number;
  readonly errorOfMeans: number;
}

const level = 0.9;
/** A fit takes 0.23 ms of processor time an entry: a quarter of a minute at most, in a process of its own. */
const [mostRuns, mostRows, mostEvaluations, mostEntries] = [6, 200, 100_000, 60_000];

/** The table's row of a run's student: of what it trained, or else of what it measured, in the last round. */
function subjectOf(reader: Reader, table: ForecastTable, runId: string): number {
  const rows = evaluationsOf(reader, runId).filter(({ control }) => !control);
  const last = Math.max(...rows.map(({ round }) => round));
  const hashes = new Set(rows.filter(({ round }) => round === last).map(({ subjectHash }) => subjectHash));
  const sizes = table.subjects.map(({ hash, isPlain }, row) => {
    return hashes.has(hash) && isPlain ? table.cells.filter((cell) => cell.row === row).length : 0;
  });
  const most = Math.max(0, ...sizes);
  return most === 0 ? -1 : sizes.indexOf(most);
}

function tooMuch(what: string, got: number, command: string): Error {
  return userError("forecasts", `there must be at most ${what} to learn from`, got, `Ask the terminal: ${command}`);
}

function tableFor(reader: Reader, experiment: string | undefined, command: string): ForecastTable {
  const rows = reader.evaluations({ sampler: "any", ...(experiment !== undefined && { experiment }) });
  if (rows.length > mostEvaluations) throw tooMuch(`${mostEvaluations} evaluations`, rows.length, command);
  const table = forecastTable(rows, reader.definitions(), reader);
  const entries = table.cells.reduce((sum, { values }) => sum + values.length, 0);
  if (entries > mostEntries) throw tooMuch(`${mostEntries} items and figures`, entries, command);
  return table;
}

const figureText = ({ definition, n }: ForecastTable["figures"][number]): string =>
  n === null ? definition : `${definition}, n = ${n}`;

function rowsFor(reader: Reader, table: ForecastTable, { forecasts }: Forecasts, runs: readonly string[]) {
  const subjects = runs.map((id) => subjectOf(reader, table, id));
  const measured = new Set(table.cells.map(({ row, figure }) => `${row} ${figure}`));
  const byPlace = groupBy(forecasts, ({ subject, figure }) => `${subject.key} ${figure.key}`);
  return table.figures.flatMap((figure, place): ForecastRow[] => {
    const cells = subjects.map((row): ForecastCell | "measured" | null => {
      if (measured.has(`${row} ${place}`)) return "measured";
      const [found] = byPlace.get(`${table.subjects[row]?.key} ${figure.key}`) ?? [];
      return found ? { value: found.value, low: found.low ?? null, high: found.high ?? null } : null;
    });
    const isAsked = cells.includes("measured") && cells.some((cell) => cell !== null && cell !== "measured");
    return isAsked ? [{ figure: figureText(figure), steps: figure.steps, cells }] : [];
  });
}

interface Learnt {
  /** Of all the runs; undefined: of several, so that all of the store is learnt from. */
  readonly experiment: string | undefined;
  /** Prints the same in a terminal. */
  readonly command: string;
}

/** What is learnt from for these runs. Throws UserError for unknown runs, and for too many. */
export function learntFor(reader: Reader, ids: readonly string[]): Learnt {
  if (ids.length > mostRuns)
    throw userError("forecasts", `there must be at most ${mostRuns} runs`, ids.length, "Leave some out.");
  const experiments = unique(
    ids.map((id) => {
      const run = reader.run(id);
      if (!run) throw userError("forecasts", "each run must be in the store", id, "Choose among the runs.");
      return run.experiment;
    }),
  );
  const experiment = experiments.length === 1 ? experiments[0] : undefined;
  const command = `npx sdtt forecast${experiment === undefined ? "" : ` --experiment=${quoted(experiment)}`}`;
  return { experiment, command };
}

/** Throws UserError for unknown runs, and where there is more to learn from than a page should wait for. */
export function forecastRuns(reader: Reader, ids: readonly string[]): RunForecasts {
  const { experiment, command } = learntFor(reader, ids);
  const table = tableFor(reader, experiment, command);
  const found = forecastsOf(table, level);
  const { options, errors, meanErrors } = found.chosen;
  return {
    runs: ids,
    rows: rowsFor(reader, table, found, ids).slice(0, mostRows),
    command,
    ...{ cells: table.cells.length, models: table.rows, level, rank: options.rank, heldOut: errors.length },
    ...{ error: meanErrors[options.rank] ?? Number.NaN, errorOfMeans: meanErrors[0] ?? Number.NaN },
  };
}
