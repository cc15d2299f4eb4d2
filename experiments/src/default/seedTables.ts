/**
 * @file What three seeds say: each round against the teacher of its own seed, and how far a figure varies over samples and
 * over seeds.
 */
import { markdownRows } from "@sdtt/core";
import {
  betweenSeeds,
  type Cell,
  effectInterval,
  effectOf,
  formatNumber,
  geometricMean,
  lnRatios,
  rootMeanSquare,
  type Seeded,
  squaresAbout,
} from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";

type Row = EvaluationRecord;

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
const nameOf = (round: number): string => (round === 0 ? "teacher" : `round ${round}`);

interface Cells {
  readonly steps: readonly number[];
  readonly rounds: readonly number[];
  at(round: number, steps: number): readonly Row[];
}

/** Rows at temperature 1, by round and step count. */
function cellsOf(all: readonly Row[]): Cells {
  const rows = all.filter((row) => row.temperature === 1 && row.value !== null);
  return {
    steps: ascending(rows.map((row) => row.steps ?? 0)),
    rounds: ascending(rows.map((row) => row.round)),
    at: (round, steps) => rows.filter((row) => row.round === round && row.steps === steps),
  };
}

const seeded = (rows: readonly Row[]): Seeded[] =>
  rows.map(({ seed, value, stderr, checkpointHash }) => ({ seed, value, stderr, model: checkpointHash }));

/**
 * "0.56 [0.55, 0.58]": gen-PPL over the teacher's of the same seed. No verdict: a temperature lowers it as well, so that
 * "better" is said at matched entropy only.
 */
export function pairedTable(all: readonly Row[]): string {
  const { steps, rounds, at } = cellsOf(all);
  const students = rounds.filter((round) => round > 0);
  const cells = students.map((round) =>
    steps.map(
      (count): Cell => ({ replicates: lnRatios(seeded(at(round, count)), seeded(at(0, count))), line: nameOf(round) }),
    ),
  );
  const between = betweenSeeds(cells.flat());
  const text = (cell: Cell): string => {
    if (cell.replicates.length === 0) return "–";
    const { mean, low, high } = effectInterval(effectOf(cell, between));
    const [middle, from, to] = [mean, low, high].map((value) => Math.exp(value).toFixed(2));
    return Number.isNaN(low) ? `${middle}` : `${middle} [${from}, ${to}]`;
  };
  const lines = students.map((round, i) => [nameOf(round), ...(cells[i] ?? []).map(text)]);
  return markdownRows([["student ÷ teacher, steps", ...steps.map(String)], ...lines]);
}

/** "1.4 / 0.9": standard errors in per cent, of one seed's samples, and of a seed as seeds scatter. */
export function errorsTable(all: readonly Row[]): string {
  const { steps, rounds, at } = cellsOf(all);
  const cell = (round: number, count: number): string => {
    const rows = at(round, count);
    if (rows.length === 0) return "–";
    const samples = rootMeanSquare(rows.map(({ value, stderr }) => (stderr ?? Number.NaN) / value));
    const logs = rows.map(({ value }) => Math.log(value));
    const seeds = logs.length < 2 ? "one seed" : formatNumber(100 * Math.sqrt(squaresAbout(logs) / (logs.length - 1)));
    return `${formatNumber(geometricMean(rows.map(({ value }) => value)))} ± ${formatNumber(100 * samples)} % / ${seeds}${logs.length < 2 ? "" : " %"}`;
  };
  const lines = rounds.map((round) => [nameOf(round), ...steps.map((count) => cell(round, count))]);
  return markdownRows([["gen-PPL ± of a seed's samples / of seeds, steps", ...steps.map(String)], ...lines]);
}
