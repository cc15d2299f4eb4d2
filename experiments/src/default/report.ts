/**
 * @file The default experiment's report: tables and plot from the store's rows, as experiments/README.md.
 *
 * The same functions make the page's tables, so that a number has one value. Numbers in the prose around the tables are
 * held to them, and written again with them (`claims.ts`).
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { writeFileAtomic } from "@sdtt/core/files";
import type { EvaluationRecord, StoreReader } from "@sdtt/core/store";
import { type Curve, curveFrom, plotCurve } from "@sdtt/dashboard";
import { fillClaims, type Source } from "../claims/claims.js";
import { keptOf, writeKept } from "../claims/kept.js";
import { reportSource } from "../claims/reportSource.js";
import { controlsTable } from "./controls.js";
import { distanceTable } from "./distance.js";
import { guidanceTable } from "./guidance.js";
import { headlineText } from "./headline.js";
import { coarseToFine, orderTable } from "./order.js";
import { penalty, penaltyTable } from "./penalty.js";
import {
  controlTable,
  entropyTable,
  gainTable,
  genPplTable,
  ratioTable,
  type Sampled,
  teacherStepsTable,
  variationTable,
} from "./sampleTables.js";
import { checkOneKind, studentsOnly } from "./students.js";
import { type FigureTable, saidOf, tableMarkdown } from "./tables.js";
import { lastWordsOf, lastWordTable, pairedWordTable } from "./wordTables.js";

const definition = "gen-ppl-retokenised@1";

type Row = EvaluationRecord;

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const ascending = (values: readonly number[]): number[] => unique(values).sort((a, b) => a - b);

/** A cell may have been measured with more samples later, by a frontier or a report: the most count, once a seed. */
function onePerCell(rows: readonly Row[]): Row[] {
  const most = new Map<string, Row>();
  for (const row of rows) {
    const cell = [row.subjectHash, row.seed, row.steps, row.temperature].join(" ");
    const known = most.get(cell);
    if (known === undefined || row.n > known.n) most.set(cell, row);
  }
  return [...most.values()];
}

function sampledOf(store: StoreReader, experiment: string): Sampled {
  const measured = store.evaluations({ experiment, definition }).filter(({ steps }) => steps !== null);
  const judges = unique(measured.map(({ referenceHash }) => referenceHash));
  if (judges.length > 1) {
    const got = judges.map((judge) => judge?.slice(0, 12)).join(" and ");
    throw userError(`report of ${experiment}`, "a table must be of one judge", got, "Leave one out.");
  }
  const curve = curveFrom(store, { experiment });
  const rows = onePerCell(measured);
  checkOneKind(experiment, curve.series, rows);
  return { curve, rows };
}

/** Rows of the same table drawn by another sampler, of the teacher and of students. */
function rowsBy(store: StoreReader, experiment: string, by: string): Row[] {
  const rows = store.evaluations({ experiment, definition, sampler: "any" });
  return onePerCell(rows.filter(({ sampler, topP }) => sampler === by && topP === null));
}

/** Above all tables: what they are of. */
function heading({ rows }: Sampled): string {
  const [first] = rows;
  const samples = ascending(rows.map((row) => row.n)).join(", ");
  const seeds = ascending(rows.map((row) => row.seed)).join(", ");
  const teacher = unique(rows.filter(({ round }) => round === 0).map((row) => row.subjectHash.slice(0, 12))).join(", ");
  const judge = first?.referenceHash?.slice(0, 12) ?? "none";
  return `Generative perplexity \`${definition}\` under judge ${judge}, ${samples} samples a cell, seeds ${seeds}. One teacher (${teacher}), one text, one judge: no interval here is for others.`;
}

export interface Report {
  readonly curve: Curve;
  readonly heading: string;
  readonly tables: readonly FigureTable[];
}

/** Throws   UserError where the store mixes what a table must have one of */
export function reportOf(all: StoreReader, experiment: string): Report {
  const store = studentsOnly(all);
  const sampled = sampledOf(store, experiment);
  const words = lastWordsOf(store, experiment);
  const teacher = sampled.rows.filter(({ round }) => round === 0);
  const tables = [
    genPplTable(sampled),
    teacherStepsTable(sampled),
    gainTable(sampled),
    ...[controlsTable(store, experiment, sampled.curve.matched.gains) ?? []].flat(),
    ...[orderTable(teacher, rowsBy(store, experiment, coarseToFine)) ?? []].flat(),
    ...[guidanceTable(teacher, (sampler) => rowsBy(store, experiment, sampler)) ?? []].flat(),
    ...[penaltyTable(teacher, rowsBy(store, experiment, penalty.sampler)) ?? []].flat(),
    ...[distanceTable(store, experiment) ?? []].flat(),
    ratioTable(sampled),
    variationTable(sampled),
    entropyTable(sampled),
    controlTable(sampled),
    ...(words.rows.length > 0 ? [lastWordTable(words)] : []),
    ...[pairedWordTable(words) ?? []].flat(),
  ];
  return { curve: sampled.curve, heading: heading(sampled), tables };
}

const markers = [
  "<!-- figures: begin, written by `npx nx run experiments:default` -->",
  "<!-- figures: end -->",
] as const;

/** What is known of the default experiment's tables, and of its complete evaluation where that is there. */
export function sourceOf(tables: readonly FigureTable[], evaluation: string): Source {
  const complete = existsSync(evaluation) ? reportSource(evaluation) : () => undefined;
  return (claim) => complete(claim) ?? saidOf(tables, claim);
}

/** Where `eval:report` writes the complete evaluation of a seed, beside the figures. */
export const evaluationIn = (out: string): string => join(out, "default-report/report.json");

/** What stands between the markers. */
export function figuresText({ heading: about, tables }: Report, experiment: string): string {
  const picture = `![generative perplexity and entropy against steps](${experiment}.svg)`;
  return [markers[0], picture, about, ...tables.map(tableMarkdown), markers[1]].join("\n\n");
}

/** The text with what is written between two markers; undefined where it does not have them. */
export function between(text: string, [begin, end]: readonly [string, string], written: string): string | undefined {
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  return start < 0 || stop < 0 ? undefined : text.slice(0, start) + written + text.slice(stop + end.length);
}

/** Figures between the markers, and the prose's numbers, as the report has them now. */
export function withFigures(text: string, report: Report, experiment: string, source: Source): string {
  const figures = figuresText(report, experiment);
  return fillClaims(between(text, markers, figures) ?? `${text}\n${figures}\n`, source);
}

/** The first page's table and numbers. */
export function withHeadline(text: string, { tables }: Report, source: Source): string {
  const written = `${headlineMarkers[0]}\n\n${headlineText(tables)}\n\n${headlineMarkers[1]}`;
  return fillClaims(between(text, headlineMarkers, written) ?? text, source);
}

const headlineMarkers = ["<!-- headline: begin -->", "<!-- headline: end -->"] as const;

/**
 * Writes plot, tables and the rows that they are made of; prose outside the markers of an existing README is kept.
 *
 * @param readme with the headline between its markers, where there is one
 * Returns where the tables are
 */
export function writeReport(store: StoreReader, experiment: string, out: string, readme?: string): string {
  mkdirSync(out, { recursive: true });
  const report = reportOf(store, experiment);
  const source = sourceOf(report.tables, evaluationIn(out));
  writeFileAtomic(join(out, `${experiment}.svg`), [plotCurve(report.curve, { format: "svg" })]);
  writeKept(join(out, `${experiment}.json`), keptOf(store, experiment));
  const path = join(out, "README.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "# Experiments\n";
  writeFileAtomic(path, withFigures(text, report, experiment, source));
  if (readme !== undefined && existsSync(readme)) {
    writeFileAtomic(readme, withHeadline(readFileSync(readme, "utf8"), report, source));
  }
  return path;
}
