/**
 * @file What three seeds say: each round against the teacher of its own seed, and how far a figure varies over samples and
 * over seeds.
 */
import { markdownRows } from "@sdtt/core";
import type { EvaluationRecord } from "@sdtt/core/store";
import { compareRatios, formatNumber, type Seeded, twoErrors } from "@sdtt/eval";

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

const seeded = (rows: readonly Row[]): Seeded[] => rows.map(({ seed, value }) => ({ seed, value: value as number }));

/** "0.56 [0.55, 0.58] better": gen-PPL over the teacher's of the same seed, Student's t over ln ratios. */
export function pairedTable(all: readonly Row[]): string {
  const { steps, rounds, at } = cellsOf(all);
  const cell = (round: number, count: number): string => {
    const found = compareRatios(seeded(at(round, count)), seeded(at(0, count)), { lowerIsBetter: true });
    if (!found.interval) return `${found.verdict} (n = ${found.n})`;
    const [mean, low, high] = [found.interval.mean, found.interval.low, found.interval.high].map(Math.exp);
    return `${mean?.toFixed(2)} [${low?.toFixed(2)}, ${high?.toFixed(2)}] ${found.verdict}`;
  };
  const lines = rounds
    .filter((round) => round > 0)
    .map((round) => [nameOf(round), ...steps.map((count) => cell(round, count))]);
  return markdownRows([["student ÷ teacher, steps", ...steps.map(String)], ...lines]);
}

/** "515 ± 7.1 / 4.9": the mean over seeds, its error of one seed's samples, and the mean's error over seeds. */
export function errorsTable(all: readonly Row[]): string {
  const { steps, rounds, at } = cellsOf(all);
  const cell = (round: number, count: number): string => {
    const estimates = at(round, count).map(({ value, stderr }) => {
      return { value: value as number, stderr: stderr ?? Number.NaN };
    });
    if (estimates.length === 0) return "–";
    const { value, overSamples, overSeeds } = twoErrors(estimates);
    const seeds = Number.isNaN(overSeeds) ? "one seed" : formatNumber(overSeeds);
    return `${formatNumber(value)} ± ${formatNumber(overSamples)} / ${seeds}`;
  };
  const lines = rounds.map((round) => [nameOf(round), ...steps.map((count) => cell(round, count))]);
  return markdownRows([["gen-PPL ± over samples / over seeds, steps", ...steps.map(String)], ...lines]);
}
