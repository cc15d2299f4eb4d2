/**
 * @file A frozen report of one experiment: one HTML file that needs nothing else, for a meeting or an archive.
 *
 * No script; charts are vector graphics, each followed by its numbers as a table. Everything from the store is escaped.
 */
import type { NoteRecord } from "@sdtt/core/store";
import { preferredText } from "../charts/data/preferred.js";
import { summaryOf } from "../charts/data/summary.js";
import { stepsOf } from "../charts/data/table.js";
import { curveChart } from "../charts/drawing/curveChart.js";
import { frontierChart } from "../charts/drawing/frontierChart.js";
import type { ThemeName } from "../charts/drawing/theme.js";
import { escapeHtml } from "../html/html.js";
import { markdownHtml } from "../html/markdown.js";
import { blindResults } from "../read/blind.js";
import { type CurveView, curveViewFrom } from "../read/curve.js";
import type { Reader } from "../read/stores/merged.js";
import { curveTitle, renderChart } from "./plot.js";
import { reportStyle } from "./style.js";
import { curveTables, gainTables, levelTable, runTable } from "./tables.js";

export interface ReportOptions {
  readonly experiment?: string | undefined;
  readonly theme?: ThemeName;
}

type ReportReader = Reader;

/** As an image and not inline, so that ids of several pictures do not meet. */
function figure(svg: Buffer, title: string): string {
  const source = `data:image/svg+xml;base64,${svg.toString("base64")}`;
  return `<figure><img alt="${escapeHtml(title)}" src="${source}"></figure>`;
}

function charts(curve: CurveView, theme: ThemeName): string {
  if (curve.series.length === 0) return "<p>No evaluation has a step count yet: there is no curve to draw.</p>";
  const options = { format: "svg", theme } as const;
  const main = figure(
    renderChart((colors) => curveChart(curve, colors), curveTitle(curve), options),
    "Quality and entropy against sampling steps; the tables below hold the numbers.",
  );
  const hasEntropy = curve.series.some(({ points }) => points.some(({ entropy }) => entropy !== null));
  if (!hasEntropy) return main + curveTables(curve);
  const plane = renderChart((colors) => frontierChart(curve, colors), "Quality against entropy", options);
  const about = "Quality against entropy: down and to the right is better; filled points are on the Pareto frontier.";
  return `${main}${curveTables(curve)}<h2>Quality against entropy</h2>${figure(plane, about)}<p>${about}</p>`;
}

function notes(all: readonly NoteRecord[]): string {
  if (all.length === 0) return "<p>No notes.</p>";
  const entries = [...all].reverse().map(({ author, at, week, verdict, text }) => {
    const head = [week, verdict, author, `${at.slice(0, 16).replace("T", " ")} UTC`]
      .filter((part) => part)
      .map((part) => escapeHtml(String(part)));
    return `<article><h3>${head.join(" · ")}</h3>${markdownHtml(text)}</article>`;
  });
  return entries.join("\n");
}

function blindTests(reader: ReportReader, name: string): string {
  const results = blindResults(reader, name);
  if (results.length === 0) return "";
  const items = results.map((result) => `<li>${escapeHtml(preferredText(result))}</li>`);
  return `<h2>Human preference, blind</h2><ul>${items.join("\n")}</ul>`;
}

/** One sample of each line at the fewest steps that are at least eight. */
function samples(reader: ReportReader, curve: CurveView): string {
  const steps = stepsOf(curve).find((count) => count >= 8) ?? stepsOf(curve)[0];
  const texts = curve.series.flatMap(({ label, points }) => {
    const key = points.find((point) => point.steps === steps)?.keys[0];
    const text = key === undefined ? undefined : reader.samples(key)[0]?.text;
    return text === undefined ? [] : [`<h3>${escapeHtml(label)}, ${steps} steps</h3><pre>${escapeHtml(text)}</pre>`];
  });
  return texts.length === 0 ? "<p>No samples were kept.</p>" : texts.join("\n");
}

function summary(curve: CurveView): string {
  const lines = stepsOf(curve).flatMap((steps) => summaryOf(curve, steps) ?? []);
  const items = lines.map(({ trust, sentences }) => `<li class="${trust}">${escapeHtml(sentences.join(" "))}</li>`);
  return items.length === 0 ? "" : `<h2>In words</h2><ul>${items.join("\n")}</ul>`;
}

const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The whole file. Throws UserError when there is no such experiment. */
export function reportHtml(reader: ReportReader, { experiment, theme = "light" }: ReportOptions): string {
  const curve = curveViewFrom(reader, { experiment });
  const name = escapeHtml(curve.experiment);
  const runs = reader.runs({ experiment: curve.experiment });
  const newest =
    runs
      .map(({ heartbeatAt }) => heartbeatAt)
      .sort()
      .at(-1)
      ?.slice(0, 16)
      .replace("T", " ") ?? "never";
  const about = `${runs.length} runs, the newest sign of life at ${newest} UTC.`;
  const parts = [
    `<h1>${name}</h1><p>${escapeHtml(curve.question)}</p><p>${about}</p>`,
    summary(curve),
    `<h2>Quality against steps</h2>${charts(curve, theme)}`,
    `<h2>At matched entropy</h2>${gainTables(curve)}`,
    `<h2>Measures without a step count</h2>${levelTable(curve)}`,
    blindTests(reader, curve.experiment),
    `<h2>Notes and verdicts</h2>${notes(reader.notes(curve.experiment))}`,
    `<h2>Samples</h2>${samples(reader, curve)}`,
    `<h2>Runs</h2>${runTable(runs)}`,
  ];
  return `<!doctype html>
<html lang="en" data-theme="${theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${name}</title><style>${reportStyle}</style></head>
<body><main>${parts.join("\n")}</main></body></html>
`;
}
