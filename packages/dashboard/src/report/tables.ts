/**
 * @file The report's tables.
 */

import type { ReportTable } from "@sdtt/core/report";
import { familyNote, formatEstimate } from "@sdtt/core/statistics";
import type { RunRecord } from "@sdtt/core/store";
import type { Gain } from "../charts/data/matched.js";
import { type CurveTable, curveTable, type Quantity, stepsOf } from "../charts/data/table.js";
import { gainCaption, gainText, neededCaption, neededText } from "../charts/data/words.js";
import type { CurveView } from "../read/curve.js";

function rowsOf({ rows }: CurveTable): string[][] {
  return rows.map(({ label, cells }) => [
    label,
    ...cells.map((cell) => (cell ? `${cell.text} ${cell.detail}`.trimEnd() : "–")),
  ]);
}

/** The chart's numbers: the measure, and entropy. */
export function curveTables(curve: CurveView): ReportTable[] {
  const captions: Record<Quantity, string> = { value: curve.measure?.definition ?? "value", entropy: "entropy (nats)" };
  return (["value", "entropy"] as const).map((quantity) => {
    const table = curveTable(curve, quantity);
    const rows = [["steps", ...table.steps.map(String)], ...rowsOf(table)];
    return { caption: `${captions[quantity]}: mean, 95 % interval and n`, rows };
  });
}

/** What counts as better, and the headline: how many steps the teacher needs for the same text; none without a student. */
export function gainTables(curve: CurveView): ReportTable[] {
  const { gains, family } = curve.matched;
  if (gains.length === 0) return [];
  const steps = stepsOf(curve);
  const labels = [...new Set(gains.map(({ label }) => label))];
  const table = (caption: string, text: (gain: Gain) => string): ReportTable => {
    const rows = labels.map((label) => {
      const found = steps.map((count) => gains.find((gain) => gain.label === label && gain.steps === count));
      return [label, ...found.map((gain) => (gain ? text(gain) : "–"))];
    });
    return { caption, rows: [["steps", ...steps.map(String)], ...rows] };
  };
  return [table(`${gainCaption}; ${familyNote(family, "gains")}`, gainText), table(neededCaption, neededText)];
}

export function levelTables({ levels }: CurveView): ReportTable[] {
  if (levels.measures.length === 0) return [];
  const rows = levels.rows.map(({ label, cells }) => [
    label,
    ...cells.map((cell) => (cell ? formatEstimate(cell.value) : "–")),
  ]);
  const head = ["line", ...levels.measures.map(({ definition }) => definition)];
  return [{ caption: "mean, 95 % interval and n", rows: [head, ...rows] }];
}

export function runTable(runs: readonly RunRecord[]): ReportTable {
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
  const head = "run,stage,round,seed,status,started (UTC),commit,machine,command".split(",");
  return { caption: "where it comes from", rows: [head, ...rows] };
}
