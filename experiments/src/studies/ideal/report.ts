/** @file The table of ideal students as Markdown. */
import { markdownRows } from "@sdtt/core/cli";
import type { Cell, Line, Study } from "./study.js";

function byCount(counts: readonly number[], lines: readonly Line[], show: (cell: Cell) => string): string {
  const head = ["", ...counts.map((count) => `K = ${count}`)];
  return markdownRows([
    head,
    ...lines.map(({ method, cells }) => [method, ...cells.map((cell) => (cell ? show(cell) : "–"))]),
  ]);
}

/** Without a sign before what rounds to nothing. */
const fixed = (value: number, digits: number): string =>
  Number.isFinite(value) ? (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits) : "∞";

const distance = ({ distance, control }: Cell) =>
  control === undefined ? fixed(distance, 3) : `${fixed(distance, 3)} (${fixed(control, 3)})`;

/** Laws over all that can be written: distance beside that of the teacher at the same entropy, then what is missed, and entropy. */
function jointTables(study: Study, counts: readonly number[]): string[] {
  const both = ({ missed, entropy }: Cell) => `${fixed(missed, 2)} / ${fixed(entropy, 2)}`;
  return [
    "Total variation from the true law (in brackets: of the teacher whose temperature gives the same entropy at K):",
    byCount(counts, study.lines, distance),
    "KL(truth ‖ law) / entropy of the law, nats a row:",
    byCount(counts, study.lines, both),
  ];
}

/** Laws most of whose mass may be on no solution. */
function puzzleTables(study: Study, counts: readonly number[]): string[] {
  const share = ({ validity, entropy }: Cell) =>
    `${fixed(100 * validity, 1)} · ${fixed((100 * Math.exp(entropy)) / study.world.rows.length, 0)}`;
  return [
    "Valid rows, % · solutions that are drawn, % of all (exp of the entropy of the law of valid rows, over their number):",
    byCount(counts, study.lines, share),
    "Total variation from the true law:",
    byCount(counts, study.lines, distance),
  ];
}

export function reportOf(study: Study, counts: readonly number[]): string {
  const { world } = study;
  const isJoint = world.rows.length === world.tokens ** world.length;
  const head = `## ${world.name}: ${world.what} (entropy ${study.entropy.toFixed(3)} nats)`;
  return [head, ...(isJoint ? jointTables(study, counts) : puzzleTables(study, counts))].join("\n\n");
}

/** As JSON: what is infinite is null. */
export const factsOf = ({ world, entropy, lines }: Study) => ({
  world: world.name,
  what: world.what,
  rows: world.rows.length,
  entropy,
  lines: lines.map(({ method, cells }) => ({ method, cells: cells.map((cell) => cell ?? null) })),
});
