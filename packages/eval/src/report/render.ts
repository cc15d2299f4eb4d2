/**
 * @file A report as sections of tables and charts: the same for the terminal, for Markdown, JSON and HTML.
 */
import { alignTable, markdownRows } from "@sdtt/core/cli";
import { type ReportSection, reportPage } from "@sdtt/core/report";
import { formatFigure, formatWithError } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { type Chart, chartSvg, type Mark } from "./svg.js";

export interface Section {
  readonly title: string;
  readonly note?: string;
  readonly table?: readonly (readonly string[])[];
  readonly lines?: readonly string[];
  /** Shown in HTML; its numbers are in JSON. */
  readonly charts?: readonly Chart[];
}

/** "57.1 ± 1.2", or "–" where there is no row. */
export function cellText(row: EvaluationRecord | undefined): string {
  return row ? formatFigure(row) : "–";
}

export function entropyText(row: EvaluationRecord | undefined): string {
  if (row?.entropy === undefined || row.entropy === null) return "–";
  return formatWithError({ value: row.entropy, stderr: row.entropyStderr ?? Number.NaN });
}

/** A figure at x, with a whisker of one standard error to either side. */
export function markOf(x: number, value: number, stderr: number | null | undefined): Mark {
  return { x, y: value, ...(stderr && { low: value - stderr, high: value + stderr }) };
}

/** A table for the terminal, title above. */
export function sectionText({ title, note, table, lines }: Section): string {
  const parts = [title, ...(table ? [alignTable(table)] : []), ...(lines ?? []), ...(note ? [`(${note})`] : [])];
  return parts.join("\n");
}

export function sectionMarkdown({ title, note, table, lines }: Section): string {
  const parts = [`## ${title}`];
  if (table) parts.push(markdownRows(table));
  if (lines) parts.push(lines.map((line) => `- ${line}`).join("\n"));
  if (note) parts.push(note);
  return parts.join("\n\n");
}

function sectionHtml({ title, note, table, lines, charts = [] }: Section): ReportSection {
  return {
    title,
    figures: charts.map(chartSvg),
    ...(table && { tables: [{ rows: table }] }),
    ...(lines && { lines }),
    ...(note && { note }),
  };
}

/** One file that needs nothing beside it, as all reports look. */
export const sectionsHtml = (title: string, made: string, sections: readonly Section[]): string =>
  reportPage({ title, about: [made], sections: sections.map(sectionHtml) });
