/**
 * @file The first page's table: text and entropy against steps and evaluations, and what is left at equal entropy.
 */
import { markdownRows } from "@sdtt/core/cli";
import { type FigureTable, saidOf } from "./tables.js";

/** The teacher, the first, middle and last round. */
function shownLines(lines: readonly string[]): string[] {
  const [teacher, ...rounds] = lines;
  const picked = [0, Math.floor((rounds.length - 1) / 2), rounds.length - 1].map((i) => rounds[i]);
  return [...new Set([teacher, ...picked])].filter((line) => line !== undefined);
}

const isModel = (label: string): boolean => label === "teacher" || label.startsWith("round ");

/** "515 / 4.19" a model and step count, then the last round's teacher steps and gain, and what the order of reveals and guidance give. */
export function headlineText(tables: readonly FigureTable[]): string {
  const genPpl = tables.find(({ key }) => key === "gen-ppl");
  if (!genPpl) return "";
  const steps = genPpl.head.slice(1);
  const lines = shownLines(genPpl.rows.map(({ label }) => label).filter(isModel));
  const last = lines.at(-1) as string;
  const said = (claim: string) => saidOf(tables, claim) ?? "–";
  const both = (line: string) =>
    steps.map((count) => `${said(`gen-ppl|${line}|${count}`)} / ${said(`entropy|${line}|${count}`)}`);
  const rows = [
    ["gen-PPL / entropy, steps", ...steps],
    ["NFE", ...steps.map((count) => said(`gen-ppl|NFE|${count}`))],
    ...lines.map((line) => [line, ...both(line)]),
  ];
  const matched = [
    [`teacher steps for ${last}'s text`, ...steps.map((count) => said(`teacher-steps|${last}|${count}|interval`))],
    [`gain of ${last} at its entropy`, ...steps.map((count) => said(`gain|${last}|${count}|text`))],
  ];
  const guided = "teacher, coarse to fine, guided";
  const ordered = [
    ["teacher, from coarse to fine", ...steps.map((count) => said(`order|teacher|${count}|text`))],
    [
      "its usual steps for that text",
      ...steps.map((count) => said(`order|ancestral steps for teacher|${count}|interval`)),
    ],
    [guided, ...steps.map((count) => said(`guidance|${guided}|${count}|text`))],
  ];
  // Without the teacher's temperatures there is nothing to compare.
  const isKnown = (cells: readonly string[]) => cells.slice(1).some((cell) => /^[<>]? ?\d/.test(cell));
  return markdownRows([...rows, ...[...matched, ...ordered].filter(isKnown)]);
}
