/**
 * @file Guidance: the teacher drawn towards what a row speaks for and away from what is frequent anyhow, in both orders of reveals.
 */
import { reportedGuidance } from "@sdtt/core/sampler";
import type { EvaluationRecord } from "@sdtt/core/store";
import { coarseToFine, gainsSoDrawn, lineRows, stepsOf } from "./order.js";
import type { FigureTable } from "./tables.js";

const { sampler, temperature } = reportedGuidance;

/** How it is drawn, and what that is called: at one temperature, by each sampler. */
export const guidance: { readonly temperature: number; readonly samplers: Readonly<Record<string, string>> } = {
  temperature,
  samplers: { [sampler]: "coarse to fine, guided", [sampler.replace(coarseToFine, "ancestral")]: "guided" },
};

/**
 * Undefined where it was not drawn.
 *
 * @param teacher rows of its ancestral steps at all temperatures, one a cell
 * @param drawnBy rows of the table by a sampler at all temperatures, one a cell
 */
export function guidanceTable(
  teacher: readonly EvaluationRecord[],
  drawnBy: (sampler: string) => readonly EvaluationRecord[],
): FigureTable | undefined {
  const ofTeacher = (by: string) => drawnBy(by).filter(({ round }) => round === 0);
  const lines = Object.entries(guidance.samplers).map(([by, name]) => {
    return { by, label: `teacher, ${name}`, rows: ofTeacher(by).filter((row) => row.temperature === temperature) };
  });
  const steps = stepsOf(lines.flatMap(({ rows }) => rows));
  if (steps.length === 0) return undefined;
  return {
    key: "guidance",
    title: "Guidance, without training",
    note: `The teacher by \`--sampler=${lines.map(({ by }) => by).join("` and `")} --temperature=${temperature}\`: tokens are drawn from p(v | row)^(1 + w) / p(v | all masked)^w, w behind the name. gen-PPL / entropy; gain over its plain ancestral steps at matched entropy; how many of these it needs for the same text; and the gain over the same order without guidance. 95 % intervals. Read it beside the distance from text below, which equal entropy does not see.`,
    head: ["guided, steps", ...steps.map(String)],
    rows: lines
      .filter(({ rows }) => rows.length > 0)
      .flatMap((line) => [
        ...lineRows(line, teacher, steps, { needed: true }),
        ...(line.by === sampler ? [gainsSoDrawn(line, ofTeacher(coarseToFine), steps)] : []),
      ]),
  };
}
