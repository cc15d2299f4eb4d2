/**
 * @file The order of reveals: teacher and last student drawn from coarse to fine, against ancestral steps of the teacher.
 *
 * No training belongs to it, so that it is no student's figure. It is read as students' are: at its entropy, against the teacher's
 * temperatures, and in the ancestral steps that these need for the same text; and a student so drawn against its teacher so drawn.
 */
import { spaced } from "@sdtt/core/sampler";
import {
  type BetweenSeeds,
  betweenSeeds,
  type Cell,
  controlsOf,
  effectOf,
  formatNumber,
  formatStepsNeeded,
  gainCell,
  geometricMean,
  type JudgedPoint,
  mean,
  pointOfRow,
  ratioInterval,
  type SeedBesideTeacher,
  stepsNeeded,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { type FigureTable, nothing, type Shown, shownInterval } from "./tables.js";

type Row = EvaluationRecord;

/** The sampler of a coarse-to-fine order. */
export const coarseToFine = spaced.name;

/** What is drawn in one way, one row a cell. */
export interface Line {
  readonly label: string;
  readonly rows: readonly Row[];
}

/** A teacher's temperatures by its step counts, under the seed of a row's draws. */
function frontierUnder(teacher: readonly Row[], seed: number): Map<number, JudgedPoint[]> {
  const points = new Map<number, JudgedPoint[]>();
  for (const row of teacher) {
    if (row.seed !== seed || row.steps === null) continue;
    points.set(row.steps, [...(points.get(row.steps) ?? []), pointOfRow(row)]);
  }
  return points;
}

/** Rows of one step count, each beside the teacher's of its seed. */
const besideAt = ({ rows }: Line, teacher: readonly Row[], steps: number): SeedBesideTeacher[] =>
  rows
    .filter((row) => row.steps === steps)
    .map((row) => {
      const frontier = frontierUnder(teacher, row.seed);
      return { model: row.subjectHash, draws: row.seed, student: pointOfRow(row), teacher: frontier };
    });

/** ln of gains at the same steps; undefined where a seed's entropy is that of no temperature. */
function gainAt(seeds: readonly SeedBesideTeacher[], steps: number, line: string): Cell | undefined {
  const controls = seeds.map((seed) => controlsOf(seed));
  if (seeds.length === 0 || controls.some((own) => !own.has(steps))) return undefined;
  return gainCell(seeds, controls, { from: steps, to: steps, share: 0 }, line);
}

function shownGain(cell: Cell | undefined, between: BetweenSeeds | undefined): Shown {
  if (!cell) return nothing;
  return shownInterval(ratioInterval(effectOf(cell, between)), { digits: 2 });
}

function shownNeeded(seeds: readonly SeedBesideTeacher[]): Shown {
  const needed = seeds.length === 0 ? undefined : stepsNeeded(seeds);
  if (!needed || "outside" in needed) return nothing;
  const text = formatStepsNeeded(needed);
  return { text, says: { mean: text.split(" [")[0] as string, interval: text } };
}

/** Gains of a line at each step count, from its rows beside the teacher's there; its trainings scatter alike. */
function shownGains(
  { label }: Line,
  steps: readonly number[],
  beside: readonly (readonly SeedBesideTeacher[])[],
): Shown[] {
  const cells = steps.map((count, i) => gainAt(beside[i] ?? [], count, label));
  const between = betweenSeeds(cells.filter((cell) => cell !== undefined));
  return cells.map((cell) => shownGain(cell, between));
}

/** "66.6 / 4.62" */
function shownText({ rows }: Line, steps: number): Shown {
  const found = rows.filter((row) => row.steps === steps);
  if (found.length === 0) return nothing;
  const genPpl = formatNumber(geometricMean(found.map(({ value }) => value)));
  const entropy = formatNumber(mean(found.map((row) => row.entropy ?? Number.NaN)));
  return { text: `${genPpl} / ${entropy}`, says: { mean: genPpl, entropy } };
}

/** A line's text and gains, and the ancestral steps that the teacher needs for as much where these are wanted. */
export function lineRows(
  line: Line,
  teacher: readonly Row[],
  steps: readonly number[],
  { needed = false } = {},
): FigureTable["rows"] {
  const beside = steps.map((count) => besideAt(line, teacher, count));
  const ancestral = { label: `ancestral steps for ${line.label}`, cells: beside.map(shownNeeded) };
  return [
    { label: line.label, cells: steps.map((count) => shownText(line, count)) },
    { label: `gain of ${line.label}`, cells: shownGains(line, steps, beside) },
    ...(needed ? [ancestral] : []),
  ];
}

/** The line's gains over the teacher drawn as it is, from that teacher's rows at all temperatures. */
export const gainsSoDrawn = (line: Line, teacher: readonly Row[], steps: readonly number[]) => ({
  label: `gain of ${line.label} over the teacher so drawn`,
  cells: shownGains(
    line,
    steps,
    steps.map((count) => besideAt(line, teacher, count)),
  ),
});

/** What a round's model is called. */
export const roundName = (round: number): string => (round === 0 ? "teacher" : `round ${round}`);

/** Step counts of rows, ascending. */
export const stepsOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.map((row) => row.steps ?? 0))].sort((a, b) => a - b);

function linesOf(rows: readonly Row[]): Line[] {
  const warm = rows.filter(({ temperature }) => temperature === 1);
  const rounds = [...new Set(warm.map(({ round }) => round))].sort((a, b) => a - b);
  return rounds.map((round) => {
    return { label: roundName(round), rows: warm.filter((row) => row.round === round) };
  });
}

/**
 * Undefined where nothing was drawn in that order.
 *
 * @param teacher rows of its ancestral steps at all temperatures, one a cell
 * @param rows of the same table drawn from coarse to fine, teacher's temperatures among them, one a cell
 */
export function orderTable(teacher: readonly Row[], rows: readonly Row[]): FigureTable | undefined {
  const lines = linesOf(rows);
  if (lines.length === 0) return undefined;
  const steps = stepsOf(lines.flatMap((line) => line.rows));
  const spacedTeacher = rows.filter(({ round }) => round === 0);
  return {
    key: "order",
    title: "The order of reveals: from coarse to fine, without training",
    note: `Drawn by \`--sampler=${coarseToFine}\`: gen-PPL / entropy; gain over the teacher's ancestral steps of the same number and the temperature that gives the same entropy; and how many ancestral steps the teacher needs for the same text at that entropy, open where its curve is. 95 % intervals. Last, the gain of a student so drawn over its teacher so drawn, at matched entropy.`,
    head: ["coarse to fine, steps", ...steps.map(String)],
    rows: lines.flatMap((line) => {
      const overSpaced = line.label === "teacher" ? [] : [gainsSoDrawn(line, spacedTeacher, steps)];
      return [...lineRows(line, teacher, steps, { needed: true }), ...overSpaced];
    }),
  };
}
