/**
 * @file A report as sections of tables and charts: the same for the terminal, for Markdown, JSON and HTML.
 */
import { alignTable, markdownRows } from "@sdtt/core/cli";
import { formatFigure, formatWithError } from "@sdtt/core/statistics";
import type { EvaluationRecord } from "@sdtt/core/store";
import { type Chart, chartSvg, escapeXml, type Mark } from "./svg.js";

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
  const escaped = table?.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const parts = [`## ${title}`];
  if (escaped) parts.push(markdownRows(escaped));
  if (lines) parts.push(lines.map((line) => `- ${line}`).join("\n"));
  if (note) parts.push(note);
  return parts.join("\n\n");
}

function htmlTable([head = [], ...body]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], of: "td" | "th") => {
    const [first = "", ...rest] = cells.map(escapeXml);
    return `<tr><th scope="row">${first}</th>${rest.map((cell) => `<${of}>${cell}</${of}>`).join("")}</tr>`;
  };
  const lines = body.map((cells) => row(cells, "td")).join("\n");
  return `<div class="table"><table><thead>${row(head, "th")}</thead>\n<tbody>${lines}</tbody></table></div>`;
}

export function sectionHtml({ title, note, table, lines, charts = [] }: Section): string {
  return [
    `<section><h2>${escapeXml(title)}</h2>`,
    ...charts.map((chart) => `<figure>${chartSvg(chart)}</figure>`),
    ...(table ? [htmlTable(table)] : []),
    ...(lines ? [`<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join("")}</ul>`] : []),
    ...(note ? [`<p>${escapeXml(note)}</p>`] : []),
    "</section>",
  ].join("\n");
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
.table{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
th,td{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th[scope=row]{text-align:left;font-weight:600}figure{margin:1rem 0;max-width:720px}p,li{color:#444}`;

/** One file that needs nothing beside it: no script, no font, no address. */
export function reportHtml(title: string, made: string, sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title><style>${style}</style></head>
<body><main><h1>${escapeXml(title)}</h1><p>${escapeXml(made)}</p>
${sections.map(sectionHtml).join("\n")}
</main></body></html>
`;
}
