/**
 * @file The default experiment's report: tables and plot from the store's rows, as experiments/README.md.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownRows, writeFileAtomic } from "@sdtt/core";
import { gainAtMatchedEntropy, type Point } from "@sdtt/core/statistics";
import type { EvaluationRecord, Store } from "@sdtt/core/store";
import { curveFrom, curveTable, type Estimate, estimate, markdownTable, plotCurve } from "@sdtt/dashboard";
import { errorsTable, pairedTable } from "./seedTables.js";

const definition = "gen-ppl-retokenised@1";

type Row = EvaluationRecord;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const ascending = (values: readonly number[]): number[] => unique(values).sort((a, b) => a - b);
const interval = ({ mean, low, high }: Estimate, digits: number): string =>
  Number.isNaN(low)
    ? mean.toFixed(digits)
    : `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;

/** Gains of each round at each step count, one a seed: the teacher's frontier is of the same seed. */
function gains(rows: readonly Row[], round: number, steps: number): number[] {
  const at = rows.filter((row) => row.steps === steps);
  const pointOf = (row: Row): Point => ({ entropy: row.entropy ?? Number.NaN, genPpl: row.value ?? Number.NaN });
  return at
    .filter((row) => row.round === round)
    .flatMap((student) => {
      const frontier = at.filter((row) => row.round === 0 && row.seed === student.seed).map(pointOf);
      return gainAtMatchedEntropy(frontier, pointOf(student)) ?? [];
    });
}

function gainTable(rows: readonly Row[]): string {
  const steps = ascending(rows.map((row) => row.steps ?? 0));
  const rounds = ascending(rows.map((row) => row.round)).filter((round) => round > 0);
  const cell = (round: number, count: number): string => {
    const found = gains(rows, round, count);
    if (found.length === 0) return "outside";
    return `${interval(
      estimate(
        found.map((value) => ({ value, stderr: null })),
        "log",
      ),
      2,
    )} (n = ${found.length})`;
  };
  const lines = rounds.map((round) => [`round ${round}`, ...steps.map((count) => cell(round, count))]);
  return markdownRows([["gain at matched entropy, steps", ...steps.map(String)], ...lines]);
}

function controlTable(rows: readonly Row[]): string {
  const teacher = rows.filter((row) => row.round === 0);
  const steps = ascending(teacher.map((row) => row.steps ?? 0));
  const temperatures = ascending(teacher.map((row) => row.temperature)).reverse();
  const cell = (temperature: number, count: number): string => {
    const found = teacher.filter((row) => row.steps === count && row.temperature === temperature);
    if (found.length === 0) return "–";
    const value = estimate(
      found.map((row) => ({ value: row.value ?? Number.NaN, stderr: row.stderr })),
      "log",
    );
    const entropy = estimate(
      found.map((row) => ({ value: row.entropy ?? Number.NaN, stderr: null })),
      "linear",
    );
    return `${value.mean.toFixed(1)} / ${entropy.mean.toFixed(2)}`;
  };
  const lines = temperatures.map((temperature) => [
    `τ = ${temperature}`,
    ...steps.map((count) => cell(temperature, count)),
  ]);
  return markdownRows([["teacher, gen-PPL / entropy at steps", ...steps.map(String)], ...lines]);
}

function lastWordTable(store: Store, experiment: string): string {
  const rows = store
    .evaluations({ experiment })
    .filter((row) => row.definition.startsWith("last-word") && row.definition.endsWith("@2"));
  const nameOf = (row: Row): string => {
    const name = store.run(row.runId)?.name ?? "";
    return row.round > 0 ? `round ${row.round}` : name === "ar" ? "AR baseline" : "teacher";
  };
  const metrics = unique(rows.map((row) => row.metric)).sort();
  const names = unique([...rows].sort((a, b) => a.round - b.round).map(nameOf));
  const cell = (name: string, metric: string): string => {
    const found = rows.filter((row) => row.metric === metric && nameOf(row) === name);
    if (found.length === 0) return "–";
    const scale = metric.endsWith("accuracy") ? "linear" : "log";
    return interval(
      estimate(
        found.map((row) => ({ value: row.value ?? Number.NaN, stderr: row.stderr })),
        scale,
      ),
      3,
    );
  };
  return markdownRows([
    ["", ...metrics],
    ...names.map((name) => [name, ...metrics.map((metric) => cell(name, metric))]),
  ]);
}

/** A cell may have been measured with more samples later, by a frontier or a report: the most count, once a seed. */
function onePerCell(rows: readonly Row[]): Row[] {
  const most = new Map<string, Row>();
  for (const row of rows) {
    const cell = [row.checkpointHash, row.judgeHash, row.seed, row.steps, row.temperature].join(" ");
    const known = most.get(cell);
    if (known === undefined || row.n > known.n) most.set(cell, row);
  }
  return [...most.values()];
}

/** The part of the report that is made of figures. */
function reportTables(store: Store, experiment: string): string {
  const curve = curveFrom(store, { experiment });
  const rows = onePerCell(store.evaluations({ experiment, definition }).filter(({ steps }) => steps !== null));
  const samples = ascending(rows.map((row) => row.n)).join(", ");
  const seeds = ascending(rows.map((row) => row.seed)).join(", ");
  const judge = unique(rows.map((row) => row.judgeHash?.slice(0, 12))).join(", ");
  return [
    `Generative perplexity \`${definition}\` under judge ${judge}, ${samples} samples a cell, seeds ${seeds}; 95 % intervals.`,
    "### Generative perplexity",
    markdownTable(curveTable(curve, "value")),
    "Against the teacher, paired by seed: 95 % interval of the ratio, and what it says at that level.",
    pairedTable(rows),
    "One standard error of a seed's samples, and one of the mean over seeds:",
    errorsTable(rows),
    "### Entropy, nats",
    markdownTable(curveTable(curve, "entropy")),
    "### The control: the teacher with a temperature",
    controlTable(rows),
    "Teacher's gen-PPL at the student's entropy, divided by the student's: above 1, the student is better than a sharpened teacher.",
    gainTable(rows),
    "### Last word",
    "Last words of held-out passages, masked and decoded in one pass (`last-word`, not LAMBADA); `ppl-bound` is per word.",
    lastWordTable(store, experiment),
  ].join("\n\n");
}

const markers = [
  "<!-- figures: begin, written by `npx nx run experiments:default` -->",
  "<!-- figures: end -->",
] as const;

/** Writes plot and tables; prose outside the markers of an existing README is kept. Returns where they are. */
export function writeReport(store: Store, experiment: string, out: string): string {
  mkdirSync(out, { recursive: true });
  const curve = curveFrom(store, { experiment });
  writeFileAtomic(join(out, `${experiment}.svg`), [plotCurve(curve, { format: "svg" })]);
  const figures = `${markers[0]}\n\n![generative perplexity and entropy against steps](${experiment}.svg)\n\n${reportTables(store, experiment)}\n\n${markers[1]}`;
  const path = join(out, "README.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : `# Experiments\n\n${markers[0]}\n${markers[1]}\n`;
  const [start, end] = [text.indexOf(markers[0]), text.indexOf(markers[1])];
  const kept =
    start < 0 || end < 0
      ? `${text}\n${figures}\n`
      : text.slice(0, start) + figures + text.slice(end + markers[1].length);
  writeFileAtomic(path, kept);
  return path;
}
