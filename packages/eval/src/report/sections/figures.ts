/**
 * @file The figures beside gen-PPL against step counts: a table a figure, with what held-out text and the AR baseline have.
 *
 * Cells of few steps have more samples. A figure that depends on how many there are is shown at the smallest n of all cells, so
 * that a line's rise and fall is the model's.
 */
import type { EvaluationIdentity } from "@sdtt/core/store";
import { definitionOf } from "../../metrics/contract.js";
import { type Figure, figuresFor } from "../../metrics/figures.js";
import { measuresOf } from "../../samples/cellFigures.js";
import { type CellSettings, figureIdentity, type Subject } from "../../samples/cellIdentity.js";
import type { Found, LabelledItem, Named, ReportPlan } from "../parts.js";
import { commonSamples, judgedModels } from "../plan.js";
import { cellText, type Section } from "../render.js";

/** How the cell of a figure is drawn: as the curve's, or cut to as many samples as all have. */
function figureSettings(plan: ReportPlan, { declared }: Figure, steps: number): CellSettings {
  const settings = plan.cellAt(steps);
  return declared.dependsOnN ? { ...settings, samples: commonSamples(plan) } : settings;
}

/** "held-out text 0.034 ± 0.002, AR baseline 0.041 ± 0.003", of as many texts where that matters. */
function levelsText(items: readonly LabelledItem[], found: Found, { declared, against }: Figure, n: number): string {
  const isOf = (identity: EvaluationIdentity) =>
    identity.definition === definitionOf(declared) &&
    (identity.referenceHash ?? undefined) === against &&
    (!declared.dependsOnN || identity.n === n);
  const levels = items.filter(({ part }) => part === "levels");
  const shown = levels.flatMap(({ label, item }) => {
    const row = item.identities.filter(isOf).map(found).find(Boolean);
    return row ? [`${label} ${cellText(row)}`] : [];
  });
  return [...new Set(shown)].join(", ");
}

export function figureSections(plan: ReportPlan, items: readonly LabelledItem[], found: Found): Section[] {
  const { o, cellAt } = plan;
  const subjects = judgedModels(plan);
  const [first] = subjects;
  if (!first) return [];
  const n = commonSamples(plan);
  return figuresFor(measuresOf(first.subject)).map((figure): Section => {
    const text = (subject: Subject, steps: number) =>
      cellText(found(figureIdentity(subject, figure, steps, figureSettings(plan, figure, steps))));
    const { name, what, dependsOnN } = figure.declared;
    const counts = dependsOnN
      ? `${n}, the smallest of all cells`
      : o.steps.map((steps) => cellAt(steps).samples).join(", ");
    const levels = levelsText(items, found, figure, n);
    const parts = [`${definitionOf(figure.declared)}: ${what}`, `n = ${counts}`, levels];
    return {
      title: name,
      note: [...parts, dependsOnN ? saturationNote(plan, items, found, figure) : ""].filter(Boolean).join("; "),
      table: [
        ["steps", ...o.steps.map(String)],
        ...subjects.map(({ label, subject }) => [label, ...o.steps.map((steps) => text(subject, steps))]),
        ...(dependsOnN ? [saturationLine(plan, found, figure)] : []),
      ],
    };
  });
}

/** How far a figure still moves with n: the first model's of all samples of a cell. */
function saturationLine({ o, cellAt, subjects }: ReportPlan, found: Found, figure: Figure): string[] {
  const { label, subject } = subjects[0] as Named;
  const n = o.steps.map((steps) => cellAt(steps).samples);
  const cells = o.steps.map((steps) => cellText(found(figureIdentity(subject, figure, steps, cellAt(steps)))));
  return [`${label}, n = ${n.join(", ")}`, ...cells];
}

function saturationNote(plan: ReportPlan, items: readonly LabelledItem[], found: Found, figure: Figure): string {
  const { samples } = plan.frontierSettings;
  const levels = levelsText(items, found, figure, samples);
  const also = levels && ` and levels of n = ${samples} (${levels})`;
  return `it moves with n, as the last line${also} show${also ? "" : "s"}: only figures of one n are compared`;
}
