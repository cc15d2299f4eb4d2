/**
 * @file A control that equal entropy does not catch: the teacher with a temperature, and a frequency penalty that gives the entropy back.
 *
 * No step is saved by it and nothing learned, so that what it gains is what a gain at equal entropy can be without better text.
 */
import type { EvaluationRecord } from "@sdtt/core/store";
import { lineRows, stepsOf } from "./order.js";
import type { FigureTable } from "./tables.js";

/** How it is drawn. */
export const penalty = { sampler: "penalised:0.4", temperature: 0.7 } as const;

/**
 * Undefined where it was not drawn.
 *
 * @param teacher rows of its ancestral steps at all temperatures, one a cell
 * @param drawn rows of the teacher by the control's sampler, one a cell
 */
export function penaltyTable(
  teacher: readonly EvaluationRecord[],
  drawn: readonly EvaluationRecord[],
): FigureTable | undefined {
  const rows = drawn.filter(({ round, temperature }) => round === 0 && temperature === penalty.temperature);
  if (rows.length === 0) return undefined;
  const steps = stepsOf(rows);
  return {
    key: "penalty",
    title: "What equal entropy does not see: a frequency penalty",
    note: `The teacher by \`--sampler=${penalty.sampler} --temperature=${penalty.temperature}\`: ancestral steps whose tokens are the less likely the more often the row has them. gen-PPL / entropy, and the gain at matched entropy over its plain ancestral steps, 95 % intervals.`,
    head: ["penalised, steps", ...steps.map(String)],
    rows: lineRows({ label: "teacher, penalised", rows }, teacher, steps),
  };
}
