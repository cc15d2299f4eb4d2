/**
 * @file A frozen report of one experiment: one HTML file that needs nothing else, for a meeting or an archive.
 *
 * No script; charts are vector graphics, each followed by its numbers as a table. Everything from the store is escaped.
 */
import { escapeHtml, type ReportSection, type ReportTable, reportPage } from "@sdtt/core/report";
import { preferredText } from "../charts/data/preferred.js";
import { summaryOf } from "../charts/data/summary.js";
import { stepsOf } from "../charts/data/table.js";
import { curveChart } from "../charts/drawing/curveChart.js";
import { frontierChart } from "../charts/drawing/frontierChart.js";
import type { ThemeName } from "../charts/drawing/theme.js";
import { markdownHtml } from "../html/markdown.js";
import { blindResults } from "../read/blind.js";
import { type CurveView, curveViewFrom } from "../read/curve.js";
import type { Reader } from "../read/stores/merged.js";
import { type Note, notesOf } from "../read/weeks/notes.js";
import { curveTitle, renderChart } from "./plot.js";
import { curveTables, gainTables, levelTables, runTable } from "./tables.js";

export interface ReportOptions {
  readonly experiment?: string | undefined;
  readonly theme?: ThemeName;
}

/** As an image and not inline, so that ids of several pictures do not meet. */
function pictureOf(svg: Buffer, about: string): string {
  return `<img alt="${escapeHtml(about)}" src="data:image/svg+xml;base64,${svg.toString("base64")}">`;
}

interface Drawn {
  readonly figures: readonly string[];
  readonly note?: string;
}

function mainChart(curve: CurveView, theme: ThemeName): Drawn {
  if (curve.series.length === 0) {
    return { figures: [], note: "No evaluation has a step count yet: there is no curve to draw." };
  }
  const svg = renderChart((colors) => curveChart(curve, colors), curveTitle(curve), { format: "svg", theme });
  return {
    figures: [pictureOf(svg, "Quality and entropy against sampling steps; the tables below hold the numbers.")],
  };
}

function plane(curve: CurveView, theme: ThemeName): ReportSection[] {
  const title = "Quality against entropy";
  if (!curve.series.some(({ points }) => points.some(({ entropy }) => entropy !== null))) return [];
  const svg = renderChart((colors) => frontierChart(curve, colors), title, { format: "svg", theme });
  const note = "Quality against entropy: down and to the right is better; filled points are on the Pareto frontier.";
  return [{ title, figures: [pictureOf(svg, note)], note }];
}

function notes(all: readonly Note[]): Pick<ReportSection, "html" | "note"> {
  if (all.length === 0) return { note: "No notes." };
  const entries = [...all].reverse().map(({ author, at, week, verdict, text, edited }) => {
    const time = (of: string) => `${of.slice(0, 16).replace("T", " ")} UTC`;
    const changed = edited ? `changed by ${edited.author}, ${time(edited.at)}` : "";
    const head = [week, verdict, author, time(at), changed]
      .filter((part) => part)
      .map((part) => escapeHtml(String(part)));
    return `<article><h3>${head.join(" · ")}</h3>${markdownHtml(text)}</article>`;
  });
  return { html: entries.join("\n") };
}

function blindTests(reader: Reader, name: string): ReportSection[] {
  const lines = blindResults(reader, name).map(preferredText);
  return lines.length === 0 ? [] : [{ title: "Human preference, blind", lines }];
}

/** One sample of each line at the fewest steps that are at least eight. */
function samples(reader: Reader, curve: CurveView): Pick<ReportSection, "html" | "note"> {
  const steps = stepsOf(curve).find((count) => count >= 8) ?? stepsOf(curve)[0];
  const texts = curve.series.flatMap(({ label, points }) => {
    const key = points.find((point) => point.steps === steps)?.keys[0];
    const text = key === undefined ? undefined : reader.samples(key)[0]?.text;
    return text === undefined ? [] : [`<h3>${escapeHtml(label)}, ${steps} steps</h3><pre>${escapeHtml(text)}</pre>`];
  });
  return texts.length === 0 ? { note: "No samples were kept." } : { html: texts.join("\n") };
}

function summary(curve: CurveView): ReportSection[] {
  const lines = stepsOf(curve).flatMap((steps) => summaryOf(curve, steps)?.sentences.join(" ") ?? []);
  return lines.length === 0 ? [] : [{ title: "In words", lines }];
}

/** The tables, or a sentence where there are none. */
const tablesOr = (tables: readonly ReportTable[], note: string): Pick<ReportSection, "tables" | "note"> =>
  tables.length === 0 ? { note } : { tables };

/** The whole file. Throws UserError when there is no such experiment. */
export function reportHtml(reader: Reader, { experiment, theme = "light" }: ReportOptions): string {
  const curve = curveViewFrom(reader, { experiment });
  const runs = reader.runs({ experiment: curve.experiment });
  const newest = runs.map(({ heartbeatAt }) => heartbeatAt).sort();
  const at = newest.at(-1)?.slice(0, 16).replace("T", " ") ?? "never";
  const gains = tablesOr(gainTables(curve), "No student has been judged beside a teacher.");
  const tables = curve.series.length === 0 ? [] : curveTables(curve);
  return reportPage({
    title: curve.experiment,
    about: [curve.question, `${runs.length} runs, the newest sign of life at ${at} UTC.`],
    theme,
    sections: [
      ...summary(curve),
      { title: "Quality against steps", ...mainChart(curve, theme), tables },
      ...plane(curve, theme),
      { title: "At matched entropy", ...gains },
      { title: "Measures without a step count", ...tablesOr(levelTables(curve), "None.") },
      ...blindTests(reader, curve.experiment),
      { title: "Notes and verdicts", ...notes(notesOf(reader, curve.experiment)) },
      { title: "Samples", ...samples(reader, curve) },
      { title: "Runs", tables: [runTable(runs)] },
    ],
  });
}
