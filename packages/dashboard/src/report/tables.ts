/**
 * @file The report's tables, as HTML.
 */
import { familyNote, formatEstimate } from "@sdtt/core/statistics";
import type { RunRecord } from "@sdtt/core/store";
import type { Gain } from "../charts/data/matched.js";
import { type CurveTable, curveTable, type Quantity, stepsOf } from "../charts/data/table.js";
import { gainCaption, gainText, neededCaption, neededText } from "../charts/data/words.js";
import { escapeHtml } from "../html/html.js";
import type { CurveView } from "../read/curve.js";

function htmlTable(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("");
  const body = rows.map(([first = "", ...cells]) => {
    const data = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
    return `<tr><th scope="row">${escapeHtml(first)}</th>${data}</tr>`;
  });
  const title = `<caption>${escapeHtml(caption)}</caption>`;
  return `<div class="wide"><table>${title}<thead><tr>${heads}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

function rowsOf({ rows }: CurveTable): string[][] {
  return rows.map(({ label, cells }) => [
    label,
    ...cells.map((cell) => (cell ? `${cell.text} ${cell.detail}`.trimEnd() : "–")),
  ]);
}

/** The chart's numbers: the measure, and entropy. */
export function curveTables(curve: CurveView): string {
  const captions: Record<Quantity, string> = { value: curve.measure?.definition ?? "value", entropy: "entropy (nats)" };
  const tables = (["value", "entropy"] as const).map((quantity) => {
    const table = curveTable(curve, quantity);
    return htmlTable(
      `${captions[quantity]}: mean, 95 % interval and n`,
      ["steps", ...table.steps.map(String)],
      rowsOf(table),
    );
  });
  return tables.join("\n");
}

/** What counts as better, and the headline: how many steps the teacher needs for the same text. */
export function gainTables(curve: CurveView): string {
  const { gains, family } = curve.matched;
  if (gains.length === 0) return "<p>No student has been judged beside a teacher.</p>";
  const steps = stepsOf(curve);
  const labels = [...new Set(gains.map(({ label }) => label))];
  const table = (caption: string, text: (gain: Gain) => string): string => {
    const rows = labels.map((label) => {
      const found = steps.map((count) => gains.find((gain) => gain.label === label && gain.steps === count));
      return [label, ...found.map((gain) => (gain ? text(gain) : "–"))];
    });
    return htmlTable(caption, ["steps", ...steps.map(String)], rows);
  };
  return [table(`${gainCaption}; ${familyNote(family, "gains")}`, gainText), table(neededCaption, neededText)].join(
    "\n",
  );
}

export function levelTable({ levels }: CurveView): string {
  if (levels.measures.length === 0) return "<p>None.</p>";
  const rows = levels.rows.map(({ label, cells }) => [
    label,
    ...cells.map((cell) => (cell ? formatEstimate(cell.value) : "–")),
  ]);
  return htmlTable("mean, 95 % interval and n", ["line", ...levels.measures.map(({ definition }) => definition)], rows);
}

export function runTable(runs: readonly RunRecord[]): string {
  const rows = runs.map(({ id, stage, round, seed, status, commit, dirty, machine, startedAt, command }) => {
    const made = `${commit.slice(0, 10)}${dirty ? " (dirty)" : ""}`;
    return [
      id,
      stage,
      String(round),
      String(seed),
      status,
      startedAt.slice(0, 16).replace("T", " "),
      made,
      machine,
      command,
    ];
  });
  return htmlTable(
    "where it comes from",
    "run,stage,round,seed,status,started (UTC),commit,machine,command".split(","),
    rows,
  );
}
