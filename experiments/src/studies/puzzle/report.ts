/**
 * @file The page of the puzzles: from the store's rows, and from the perfect teacher's law, which is computed.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { markdownRows } from "@sdtt/core/cli";
import { writeFileAtomic } from "@sdtt/core/files";
import { type Estimate, tableEstimates } from "@sdtt/core/statistics";
import type { EvaluationRecord, Store } from "@sdtt/core/store";
import { curveFrom, plotCurve } from "@sdtt/dashboard";
import { definitions } from "./evaluate.js";
import { type ExactCell, evenFirstStepBound, oracleCells } from "./exact.js";
import { experimentOf } from "./models.js";
import type { Puzzle } from "./squares.js";
import { expectedDistinct } from "./tally.js";

type Row = EvaluationRecord;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const percent = (value: number) => (100 * value).toFixed(100 * value < 9.95 ? 2 : 1);
const isMeasured = (value: number | null): value is number => value !== null && Number.isFinite(value);

function percentOf({ mean, low, high }: Estimate): string {
  return Number.isNaN(low) ? percent(mean) : `${percent(mean)} [${percent(low)}, ${percent(high)}]`;
}

/** What rounding leaves of 0 is 0. */
const short = (nats: number, digits: number) =>
  Math.abs(nats).toFixed(digits) === (0).toFixed(digits) ? (0).toFixed(digits) : nats.toFixed(digits);

interface Line {
  readonly label: string;
  readonly rows: readonly Row[];
}

/** One line for each sampler and round. */
function linesOf(rows: readonly Row[]): Line[] {
  const samplers = unique(rows.map((row) => row.sampler));
  return samplers.flatMap((sampler) =>
    unique(rows.map((row) => row.round))
      .sort((a, b) => a - b)
      .map((round) => {
        const own = rows.filter((row) => row.sampler === sampler && row.round === round);
        const name = round === 0 ? "teacher" : `round ${round}`;
        return { label: sampler === null ? name : `${name}, ${sampler}`, rows: own };
      }),
  );
}

const at = (rows: readonly Row[], steps: number) => rows.filter((row) => row.steps === steps);
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows of the validity, and of what goes with it, of one puzzle. */
interface Measured {
  readonly puzzle: Puzzle;
  readonly steps: readonly number[];
  readonly of: (definition: string) => Row[];
  readonly oracle: readonly ExactCell[];
}

const evaluated = (rows: readonly Row[]) =>
  rows.map(({ value, stderr, subjectHash: model, n }) => ({ value: value as number, stderr, model, n }));

function validityTable({ puzzle, steps, of, oracle }: Measured): string {
  const lines = linesOf(of(definitions.validity.definition));
  const cells = lines.flatMap(({ label, rows }) =>
    steps.map((count) => ({ evaluations: evaluated(at(rows, count)), line: label, isFixed: false })),
  );
  const estimates = tableEstimates(definitions.validity.metric, cells);
  const body = lines.map(({ label }, i) => [
    label,
    ...steps.map((_, k) => percentOf(estimates[i * steps.length + k] as Estimate)),
  ]);
  const exact = ["perfect teacher, exact", ...oracle.map(({ validity }) => percent(validity))];
  const most = ["most of any model, its first step even", ...evenFirstStepBound(puzzle, steps).map(percent)];
  return markdownRows([["valid rows, %, at steps", ...steps.map(String)], most, exact, ...body]);
}

/** Different solutions found ÷ those that as many even draws would meet. */
function coverageTable({ puzzle, steps, of }: Measured): string {
  const valid = of(definitions.validity.definition);
  const cell = (rows: readonly Row[]): string => {
    const ratios = rows.flatMap((row) => {
      const found = valid.find(
        (one) =>
          one.subjectHash === row.subjectHash &&
          one.steps === row.steps &&
          one.sampler === row.sampler &&
          one.n === row.n,
      );
      const draws = Math.round((found?.value ?? 0) * row.n);
      if (draws === 0 || row.value === null) return [];
      return [(row.value * puzzle.rows.length) / expectedDistinct(puzzle.rows.length, draws)];
    });
    return ratios.length === 0 ? "–" : meanOf(ratios).toFixed(2);
  };
  const body = linesOf(of(definitions.coverage.definition)).map(({ label, rows }) => [
    label,
    ...steps.map((count) => cell(at(rows, count))),
  ]);
  return markdownRows([["different solutions ÷ expected of even draws", ...steps.map(String)], ...body]);
}

function entropyTable({ puzzle, steps, of, oracle }: Measured): string {
  const most = Math.log(puzzle.rows.length);
  const cell = (rows: readonly Row[]): string => {
    const found = rows.map(({ entropy }) => entropy).filter(isMeasured);
    return found.length === 0 ? "–" : short(most - meanOf(found), 2);
  };
  const body = linesOf(of(definitions.validity.definition)).map(({ label, rows }) => [
    label,
    ...steps.map((count) => cell(at(rows, count))),
  ]);
  const exact = ["perfect teacher, exact", ...oracle.map(({ entropy }) => short(most - entropy, 2))];
  return markdownRows([["entropy short of ln N, nats, at steps", ...steps.map(String)], exact, ...body]);
}

/** The law of each model without sampling, where there is one. */
function exactTable({ puzzle, steps, of, oracle }: Measured): string[] {
  const rows = of(definitions.exact.definition);
  if (rows.length === 0) return [];
  const most = Math.log(puzzle.rows.length);
  const cell = (own: readonly Row[]) => {
    const validity = meanOf(own.map(({ value }) => value as number));
    return `${percent(validity)} · ${short(most - meanOf(own.map(({ entropy }) => entropy as number)), 3)}`;
  };
  const body = linesOf(rows).map(({ label, rows: own }) => [label, ...steps.map((count) => cell(at(own, count)))]);
  const exact = [
    "perfect teacher",
    ...oracle.map((one) => `${percent(one.validity)} · ${short(most - one.entropy, 3)}`),
  ];
  return [
    "Exactly, without sampling: valid rows, % · entropy short of ln N, nats; mean over seeds.",
    markdownRows([["at steps", ...steps.map(String)], exact, ...body]),
  ];
}

function excessLine({ of }: Measured): string {
  const rows = of(definitions.excess.definition);
  const rounds = unique(rows.map((row) => row.round)).sort((a, b) => a - b);
  const said = rounds.map((round) => {
    const mean = meanOf(rows.filter((row) => row.round === round).map(({ value }) => value as number));
    return `${round === 0 ? "teacher" : `round ${round}`} ${mean.toFixed(4)}`;
  });
  return `NELBO above the perfect teacher's, nats a token: ${said.join(", ")}.`;
}

/** The tables of one puzzle, from its experiment's rows. */
function section(measured: Measured, n: number, seeds: number, image: string): string {
  const { puzzle } = measured;
  return [
    `## ${puzzle.what}: ${puzzle.rows.length} rows of ${puzzle.length} tokens out of ${puzzle.tokens}`,
    `${n} samples a cell, ${seeds} seed(s) of teacher, rounds and samples; 95 % intervals over them. ${excessLine(measured)}`,
    `![share of valid rows against steps](${image})`,
    validityTable(measured),
    coverageTable(measured),
    entropyTable(measured),
    ...exactTable(measured),
  ].join("\n\n");
}

const exactly = (mean: number) => ({ mean, low: Number.NaN, high: Number.NaN, n: 1, over: "nothing" as const });

/** Validity against steps: the store's lines, and the perfect teacher's beside them. */
function picture(store: Store, { puzzle, oracle }: Measured): Buffer {
  const curve = curveFrom(store, { experiment: experimentOf(puzzle), measure: definitions.validity.definition });
  const from = { runs: [], commits: [], checkpoints: [], seeds: [], dtypes: [] };
  const points = oracle.map(({ numSteps, validity, entropy }) => {
    const place = { steps: numSteps, x: numSteps, nfe: null, sampleMs: null, samples: 0, keys: [], seeds: [], from };
    return { ...place, value: exactly(validity), entropy: exactly(entropy) };
  });
  const look = 1 + Math.max(...curve.series.map((one) => one.look));
  const perfect = { label: "perfect teacher, exact", round: look, group: "", look, temperature: 1, points };
  return plotCurve({ ...curve, series: [...curve.series, perfect] }, { format: "svg" });
}

export interface PageOptions {
  readonly steps: readonly number[];
  /** A cell: figures of other counts are left out. */
  readonly samples: number;
  readonly out: string;
}

/** Writes the page and a picture for each puzzle; returns where the page is. */
export async function writePage(store: Store, puzzles: readonly Puzzle[], o: PageOptions): Promise<string> {
  mkdirSync(o.out, { recursive: true });
  const sections: string[] = [];
  for (const puzzle of puzzles) {
    const all = store.evaluations({ experiment: experimentOf(puzzle), sampler: "any" });
    const isAsked = ({ n, steps }: Row) => (n === o.samples || n === 1) && (steps === null || o.steps.includes(steps));
    const of = (definition: string) => all.filter((row) => row.definition === definition && isAsked(row));
    const measured: Measured = { puzzle, steps: o.steps, of, oracle: await oracleCells(puzzle, o.steps) };
    const image = `${puzzle.name}.svg`;
    writeFileAtomic(join(o.out, image), [picture(store, measured)]);
    sections.push(section(measured, o.samples, unique(all.map(({ seed }) => seed)).length, image));
  }
  const path = join(o.out, "puzzle.md");
  const head = "# Puzzles, measured\n\nWritten by `npx nx run experiments:puzzle`; what it says is in docs/puzzle.md.";
  writeFileAtomic(path, `${head}\n\n${sections.join("\n\n")}\n`);
  return path;
}
