/**
 * @file A report as one HTML file, the same for what an evaluation measured and for what the page knows of an experiment.
 *
 * It needs nothing beside it: no script, no font, no address. What is text passes through `escapeHtml`; pictures and whatever
 * else is HTML are their makers' own.
 */
import { escapeHtml } from "./html.js";
import { reportStyle } from "./style.js";

/** The first row is the heads, the first column names the rows. */
export interface ReportTable {
  readonly caption?: string;
  readonly rows: readonly (readonly string[])[];
}

export interface ReportSection {
  readonly title: string;
  /** HTML: an SVG, or an image of one. */
  readonly figures?: readonly string[];
  readonly tables?: readonly ReportTable[];
  readonly lines?: readonly string[];
  readonly note?: string;
  /** HTML that is made already, as of Markdown. */
  readonly html?: string;
}

export interface ReportPage {
  readonly title: string;
  /** Under the title, a paragraph each. */
  readonly about: readonly string[];
  readonly theme?: "light" | "dark";
  readonly sections: readonly ReportSection[];
}

function tableHtml({ caption, rows: [head = [], ...body] }: ReportTable): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("");
  const lines = body.map(([first = "", ...cells]) => {
    const data = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
    return `<tr><th scope="row">${escapeHtml(first)}</th>${data}</tr>`;
  });
  const title = caption === undefined ? "" : `<caption>${escapeHtml(caption)}</caption>`;
  return `<div class="wide"><table>${title}<thead><tr>${heads}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}

const listHtml = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("\n")}</ul>`;

function sectionHtml({ title, figures = [], tables = [], lines = [], note, html }: ReportSection): string {
  return [
    `<section><h2>${escapeHtml(title)}</h2>`,
    ...figures.map((figure) => `<figure>${figure}</figure>`),
    ...tables.map(tableHtml),
    ...(lines.length > 0 ? [listHtml(lines)] : []),
    ...(html === undefined ? [] : [html]),
    ...(note === undefined ? [] : [`<p>${escapeHtml(note)}</p>`]),
    "</section>",
  ].join("\n");
}

const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The whole file. */
export function reportPage({ title, about, theme = "light", sections }: ReportPage): string {
  const name = escapeHtml(title);
  const paragraphs = about.filter((text) => text !== "").map((text) => `<p>${escapeHtml(text)}</p>`);
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${name}</title><style>${reportStyle}</style></head>
<body><main><h1>${name}</h1>${paragraphs.join("\n")}
${sections.map(sectionHtml).join("\n")}
</main></body></html>
`;
}
