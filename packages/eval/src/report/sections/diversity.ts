/**
 * @file The report's variety at matched entropy: what a student's samples repeat and share, beside its teacher's of the same entropy.
 */
import { type FigureAt, figureAtEntropy, matchedFigureText } from "../../findings/matchedFigure.js";
import { definitionOf } from "../../metrics/contract.js";
import { type Figure, figuresFor } from "../../metrics/figures.js";
import { measuresOf } from "../../samples/cellFigures.js";
import { definitionsOf, figureIdentity, identityOf, type Subject } from "../../samples/cellIdentity.js";
import type { Found, ReportPlan } from "../parts.js";
import { judgedModels } from "../plan.js";
import type { Section } from "../render.js";

/** A figure at one step count and temperature, of the frontiers' samples. */
function figureAt(
  { frontierSettings }: ReportPlan,
  found: Found,
  subject: Subject,
  figure: Figure,
  steps: number,
  temperature: number,
): FigureAt | undefined {
  const [definition] = definitionsOf(subject);
  const settings = { ...frontierSettings, temperature };
  const judged = definition && found(identityOf(subject, definition, steps, settings));
  const row = found(figureIdentity(subject, figure, steps, settings));
  if (!row || judged?.entropy === null || judged?.entropy === undefined) return undefined;
  const { entropy, entropyStderr } = judged;
  return { entropy, entropyStderr: entropyStderr ?? Number.NaN, value: row.value, stderr: row.stderr ?? Number.NaN };
}

/** A table a figure that samples have without their entropy: "0.103 for 0.081, +0.022 [0.015, 0.029]". */
export function diversitySections(plan: ReportPlan, found: Found): Section[] {
  const { o, subjects, frontierSettings } = plan;
  const [teacher] = subjects;
  const others = judgedModels(plan).slice(1);
  if (!o.only.includes("frontier") || !teacher || others.length === 0) return [];
  return figuresFor(measuresOf(teacher.subject)).flatMap((figure): Section[] => {
    const frontierAt = (steps: number) =>
      o.temperatures.flatMap((temperature) => figureAt(plan, found, teacher.subject, figure, steps, temperature) ?? []);
    const frontiers = new Map(o.frontierSteps.map((steps) => [steps, frontierAt(steps)]));
    const text = (subject: Subject, steps: number): string => {
      const own = figureAt(plan, found, subject, figure, steps, 1);
      if (!own) return "–";
      const matched = figureAtEntropy(frontiers.get(steps) ?? [], own);
      return matched ? matchedFigureText(matched) : "outside";
    };
    const body = others.map(({ label, subject }) => [label, ...o.frontierSteps.map((steps) => text(subject, steps))]);
    if (body.every(([, ...cells]) => cells.every((cell) => cell === "–"))) return [];
    const note = `${definitionOf(figure.declared)} of the student, for the teacher's at the temperature of the student's entropy, and their difference with an interval of 95 % or more over samples (errors of figure and entropy count as independent); n = ${frontierSettings.samples}; no verdict: it is to be near held-out text's own`;
    const table = [["steps", ...o.frontierSteps.map(String)], ...body];
    return [{ title: `${figure.declared.name} at matched entropy`, note, table }];
  });
}
