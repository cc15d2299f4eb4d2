/**
 * @file A report as tables: the same for the terminal, for Markdown and for JSON.
 */

import { alignTable } from "@sdtt/core";
import type { EvaluationRecord } from "@sdtt/core/store";
import { formatEstimate } from "./table.js";

export interface Section {
  readonly title: string;
  readonly note?: string;
  readonly table?: readonly (readonly string[])[];
  readonly lines?: readonly string[];
}

/** "57.1 ± 1.2", or "–" where there is no row. */
export function cellText(row: EvaluationRecord | undefined): string {
  return row ? formatEstimate({ value: row.value, stderr: row.stderr ?? Number.NaN }) : "–";
}

export function entropyText(row: EvaluationRecord | undefined): string {
  if (row?.entropy === undefined || row.entropy === null) return "–";
  return formatEstimate({ value: row.entropy, stderr: row.entropyStderr ?? Number.NaN });
}

/** A table for the terminal, title above. */
export function sectionText({ title, note, table, lines }: Section): string {
  const parts = [title, ...(table ? [alignTable(table)] : []), ...(lines ?? []), ...(note ? [`(${note})`] : [])];
  return parts.join("\n");
}

const escaped = (cell: string): string => cell.replaceAll("|", "\\|");

function markdownTable([head = [], ...body]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...body.map(line)].join("\n");
}

export function sectionMarkdown({ title, note, table, lines }: Section): string {
  const parts = [`## ${title}`];
  if (table) parts.push(markdownTable(table));
  if (lines) parts.push(lines.map((line) => `- ${line}`).join("\n"));
  if (note) parts.push(note);
  return parts.join("\n\n");
}
