/**
 * @file A leaderboard: a row for each teacher, student and level of the newest experiments, a column for any result.
 *
 * Rows are the lines of the quality view (seeds of one training are one row), with its intervals and its verdicts, which are
 * corrected for all gains of the experiment. Nothing is ranked by a figure that says nothing by itself unless it is asked for.
 */
import { userError } from "@sdtt/core/base";
import { type EvaluationRecord, originsOf, type RunRecord } from "@sdtt/core/store";
import { z } from "zod";
import {
  type Board,
  type BoardCell,
  type BoardRow,
  type Column,
  derivedNames,
  emptyCell,
  type MeasureKeys,
  measureKeys,
  partsOf,
  resultCell,
  resultColumn,
} from "../charts/data/board.js";
import type { Curve } from "../charts/data/curve.js";
import { groupBy, unique } from "../charts/data/lines.js";
import { measuresOf, rowsOf } from "../charts/data/measure.js";
import { type Curves, curvesFrom, selectExperiment, withAllRuns } from "./curve.js";
import { checkFields, matches, parseFilter } from "./filter.js";
import { isMadeUp } from "./names.js";
import { count, list } from "./queryParts.js";
import { question } from "./question.js";
import { sortedBy } from "./sorted.js";
import type { Reader } from "./stores/merged.js";

export interface Leaderboard extends Board {
  readonly experiments: readonly string[];
  /** Experiments with evaluations that are not shown. */
  readonly leftOut: number;
  readonly steps: number | null;
  readonly stepChoices: readonly number[];
  /** All that can be a column. */
  readonly offered: readonly { readonly key: string; readonly title: string }[];
  readonly sort: string;
  readonly total: number;
}

export const boardQuery = z.strictObject({
  experiment: z.string().optional().describe("only this one; left out: the newest eight"),
  steps: count.optional().describe("of the columns that are chosen for you"),
  columns: list
    .optional()
    .describe("with commas, each a result as in `gen-ppl@8` or a config key; left out: the usual ones"),
  sort: z.string().optional().describe("a column; `-` in front turns it around; what is missing is last either way"),
  filter: z.string().optional().describe("terms as in `gain@8>1 round:2`"),
});

export type BoardQuery = z.output<typeof boardQuery>;

type Rows = readonly EvaluationRecord[];

const maxExperiments = 8;
const maxRows = 300;
const ownKeys = ["name", "experiment", "round", "kind", "seeds", "teacher", "n"] as const;

/** A line of an experiment before its columns are known. */
interface Entry extends Omit<BoardRow, "cells"> {
  readonly curves: Curves;
  readonly levels: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

const sameIn = (values: readonly unknown[]): unknown => {
  const different = new Set(values.map((value) => JSON.stringify(value ?? null)));
  return different.size === 1 ? values[0] : `${different.size} values`;
};

function configOf(trained: readonly RunRecord[]): Record<string, unknown> {
  const configs = trained.map(({ config }) => config);
  const keys = unique(configs.flatMap(Object.keys));
  return Object.fromEntries(keys.map((key) => [key, sameIn(configs.map((config) => config[key]))]));
}

/** The person's name for all seeds of it, with its round; else what tells the line from others. */
function nameOf(
  label: string,
  first: EvaluationRecord,
  runs: readonly { readonly name: string }[],
  experiment: string,
) {
  const names = unique(runs.map(({ name }) => name));
  const own = names.length === 1 ? (names[0] as string) : "";
  if (first.round === 0 || own === "" || own === experiment || isMadeUp(own)) return label;
  return label.startsWith("round ") ? `${own}, ${label}` : `${own}: ${label}`;
}

function entryOf(label: string, rows: readonly EvaluationRecord[], curves: Curves, levels: readonly string[]): Entry {
  const first = rows[0] as EvaluationRecord;
  const trained = unique(rows.flatMap((e) => curves.originOf(e).run ?? []));
  const teacher = curves.lines.teacherOf(first);
  const kind = levels.length > 0 ? "level" : first.round === 0 ? "teacher" : "student";
  const own = { round: first.round, kind, seeds: Math.max(1, trained.length), teacher: teacher?.slice(0, 8) };
  const name = nameOf(label, first, trained, curves.name);
  const runs = (trained.length > 0 ? trained.map(({ id }) => id) : unique(rows.map(({ runId }) => runId))).slice(0, 12);
  const config = { ...configOf(trained), ...own, name, experiment: curves.name };
  return { experiment: curves.name, label, name, kind, round: first.round, runs, curves, levels, config };
}

/** As the quality view tells levels from lines: what has no step count at all and is no student. */
function entriesOf(curves: Curves): Entry[] {
  const plain = curves.pool.filter(({ temperature }) => temperature === 1);
  const teachers = new Set(plain.filter(({ round, steps }) => round === 0 && steps !== null).map((e) => e.subjectHash));
  const isLevel = (e: EvaluationRecord) => e.round === 0 && !teachers.has(e.subjectHash);
  const lines = groupBy(
    plain.filter((e) => !isLevel(e)),
    curves.lines.nameOf,
  );
  const levels = groupBy(plain.filter(isLevel), ({ subjectHash }) => subjectHash);
  return [
    ...[...lines].map(([label, rows]) => entryOf(label, rows, curves, [])),
    ...[...levels.values()].map((rows) => {
      const names = unique(rows.map(({ runId }) => curves.labelOf(runId)));
      return entryOf(names.find((name) => /\s/.test(name)) ?? (names[0] as string), rows, curves, names);
    }),
  ];
}

/** Experiments to show, opened; those without evaluations have no rows. */
function shownOf(reader: Reader, wanted: string | undefined) {
  if (wanted !== undefined) return { names: [selectExperiment(reader, wanted).name], leftOut: 0 };
  const all = reader.experiments().filter(({ evaluations }) => evaluations > 0);
  return {
    names: all.slice(0, maxExperiments).map(({ name }) => name),
    leftOut: Math.max(0, all.length - maxExperiments),
  };
}

/** Step counts of these lists' rows that `isAsked`. */
function stepsIn(lists: readonly Rows[], isAsked: (e: EvaluationRecord) => boolean = () => true): number[] {
  const found = new Set<number>();
  for (const rows of lists) for (const e of rows) if (e.steps !== null && isAsked(e)) found.add(e.steps);
  return [...found].sort((a, b) => a - b);
}

/** Every result that some row has, then every config key. */
function offeredOf(measures: MeasureKeys, pools: readonly Rows[], configKeys: readonly string[]) {
  const results = [...measures].flatMap(([name, { id, metric }]) => {
    const counts = stepsIn(pools.map((rows) => rowsOf(rows, id)));
    if (counts.every((steps) => steps <= 1)) return [name];
    const beside = metric === "gen-ppl" && name === metric ? derivedNames : [];
    return [name, ...beside].flatMap((one) => counts.map((steps) => `${one}@${steps}`));
  });
  const ofResults = results.flatMap((key) => resultColumn(key, measures) ?? []);
  return [...ofResults, ...configKeys.map((key) => ({ key, title: key }))];
}

/** The usual columns, those that nothing was measured for left out. */
function usualColumns(steps: number | null, offered: readonly { readonly key: string }[]): string[] {
  const has = new Set(offered.map(({ key }) => key));
  const at = ["gain", "saved", "gen-ppl", "entropy", "mauve"].map((name) => `${name}@${steps}`);
  const alone = ["last-word-accuracy", "last-word", "mauve"];
  return [...at, ...alone, `ms@${steps}`, `nfe@${steps}`].filter((key) => has.has(key));
}

const configColumn = (key: string): Column => ({ key, title: key, scale: "linear", wanted: null, isResult: false });

function configCell(value: unknown): BoardCell {
  const isPlain = ["number", "string", "boolean"].includes(typeof value);
  if (value === undefined || value === null) return emptyCell;
  return { ...emptyCell, value: isPlain ? (value as string | number) : JSON.stringify(value) };
}

/** Cells of all rows by column, each curve drawn once. */
function cellsFrom(measures: MeasureKeys) {
  const curves = new Map<string, Curve | undefined>();
  const curveFor = (of: Curves, name: string): Curve | undefined => {
    const key = JSON.stringify([of.name, derivedNames.includes(name) ? "gen-ppl" : name]);
    if (!curves.has(key)) {
      const id = measures.get(derivedNames.includes(name) ? "gen-ppl" : name)?.id;
      const isThere = id !== undefined && rowsOf(of.pool, id).length > 0;
      curves.set(key, isThere ? of.curve(id) : undefined);
    }
    return curves.get(key);
  };
  return ({ curves: of, label, levels, config }: Entry, key: string): BoardCell => {
    if (resultColumn(key, measures) === undefined) return configCell(config[key.replace(/^config\./, "")]);
    const curve = curveFor(of, partsOf(key).name);
    return curve ? resultCell(key, curve, label, levels) : emptyCell;
  };
}

function columnOf(key: string, measures: MeasureKeys, known: ReadonlySet<string>): Column {
  if (!known.has(key)) {
    const some = [...known].slice(0, 40).join(", ");
    throw userError("leaderboard", "a column must be a result or a config key", key, `There are: ${some}.`);
  }
  return resultColumn(key, measures) ?? configColumn(key);
}

/** Throws UserError for a column, sort or filter that cannot be understood. */
export function leaderboardOf(reader: Reader, query: BoardQuery): Leaderboard {
  const { names, leftOut } = shownOf(reader, query.experiment);
  const whole = withAllRuns(reader);
  const originOf = originsOf(whole);
  const all = names.map((name) => curvesFrom(whole, name, originOf));
  const pools = all.map(({ pool }) => pool);
  const measures = measureKeys(measuresOf(...pools));
  const entries = all.flatMap(entriesOf);
  const configKeys = unique([...ownKeys, ...entries.flatMap(({ config }) => Object.keys(config))]);
  const offered = offeredOf(measures, pools, configKeys);
  const known = new Set(offered.map(({ key }) => key));
  const stepChoices = stepsIn(pools, ({ steps, round }) => (steps ?? 0) > 1 && round > 0);
  const steps = query.steps ?? stepChoices.find((one) => one >= 8) ?? stepChoices[0] ?? null;
  const columns = (query.columns ?? usualColumns(steps, offered)).map((key) => columnOf(key, measures, known));
  const usualSort = columns.find(({ wanted }) => wanted !== null);
  const sort = query.sort ?? (usualSort ? `${usualSort.wanted === "higher" ? "-" : ""}${usualSort.key}` : "name");
  const sortKey = sort.replace(/^-/, "");
  columnOf(sortKey, measures, known);
  const cellOf = cellsFrom(measures);
  const terms = parseFilter(query.filter ?? "");
  if (entries.length > 0) checkFields(terms, known);
  const shown = entries.filter((entry) => matches(terms, (key) => cellOf(entry, key).value));
  const ordered = sortedBy(shown, sort.startsWith("-"), (entry) => cellOf(entry, sortKey).value);
  const rows = ordered.slice(0, maxRows).map((entry): BoardRow => {
    const { experiment, label, name, kind, round, runs } = entry;
    return { experiment, label, name, kind, round, runs, cells: columns.map(({ key }) => cellOf(entry, key)) };
  });
  const about = { experiments: names, leftOut, steps, stepChoices, columns, sort, total: shown.length };
  return { ...about, offered: offered.map(({ key, title }) => ({ key, title })), rows };
}

export const leaderboard = question({
  what: "teachers, students and levels as rows, any result or config key as column, with intervals and verdicts; sorted and filtered",
  query: boardQuery,
  of: "figures",
  answer: (query, { reader }) => leaderboardOf(reader, query),
});
