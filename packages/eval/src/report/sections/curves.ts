/**
 * @file The report's curves: gen-PPL and what stands beside it against step counts, judges side by side.
 */
import { formatNumber } from "@sdtt/core/statistics";
import type { Judge } from "../../judge/judge.js";
import { definitionsOf, identityOf, type Subject } from "../../samples/cellIdentity.js";
import type { Found, LabelledItem, ReportPlan } from "../parts.js";
import { judgedModels } from "../plan.js";
import { cellText, entropyText, markOf, type Section } from "../render.js";
import type { Chart } from "../svg.js";
import { figureSections } from "./figures.js";

interface Row {
  readonly label: string;
  readonly subject: Subject;
}

/** Each model under each judge, those of one judge together. */
function rowsOf(plan: ReportPlan, judge: Judge): Row[] {
  const { judges } = plan;
  const named = (of: Judge) => (judges.length > 0 ? `, judge ${of.hash.slice(0, 8)}` : "");
  return [judge, ...judges].flatMap((of) =>
    judgedModels(plan).map(({ label, subject }) => ({
      label: `${label}${named(of)}`,
      subject: { ...subject, judge: of },
    })),
  );
}

/** Held-out text and the AR baseline as lines across, under the first judge. */
function levelsOf(items: readonly LabelledItem[], found: Found, definition: string, what: What) {
  return items.flatMap(({ label, part, item }) => {
    const identity = part === "levels" && item.identities.find((one) => one.definition === definition);
    const y = identity && found(identity)?.[what];
    return typeof y === "number" ? [{ label, y }] : [];
  });
}

type What = "value" | "entropy";
type Definition = Parameters<typeof identityOf>[1];

/** gen-PPL or entropy of every model against steps, under the first judge. */
function curveChart(
  plan: ReportPlan,
  items: readonly LabelledItem[],
  found: Found,
  definition: Definition,
  what: What,
): Chart {
  const { o, cellAt } = plan;
  const markAt = (subject: Subject, steps: number) => {
    const cell = found(identityOf(subject, definition, steps, cellAt(steps)));
    const [value, stderr] = what === "value" ? [cell?.value, cell?.stderr] : [cell?.entropy, cell?.entropyStderr];
    return typeof value === "number" ? [markOf(steps, value, stderr)] : [];
  };
  return {
    x: { label: "steps", scale: "log" },
    y: what === "value" ? { label: definition, scale: "log" } : { label: "sample entropy, nats", scale: "linear" },
    series: judgedModels(plan).map(({ label, subject }) => ({
      label,
      marks: o.steps.flatMap((steps) => markAt(subject, steps)),
    })),
    levels: levelsOf(items, found, definition, what),
  };
}

/** A table a definition, all judges in it; entropy and the figures beside it, a table each. */
export function curveSections(plan: ReportPlan, items: readonly LabelledItem[], found: Found): Section[] {
  const { o, cellAt, judge } = plan;
  const subjects = judgedModels(plan);
  const [first] = subjects;
  if (!o.only.includes("curve") || !first) return [];
  const table = (rows: readonly Row[], text: (subject: Subject, steps: number) => string) => [
    ["steps", ...o.steps.map(String)],
    ...rows.map(({ label, subject }) => [label, ...o.steps.map((steps) => text(subject, steps))]),
  ];
  const row = (subject: Subject, definition: Definition, steps: number) =>
    found(identityOf(subject, definition, steps, cellAt(steps)));
  const chart = (definition: Definition, what: What) => [curveChart(plan, items, found, definition, what)];
  const rows = rowsOf(plan, judge);
  const note = `± standard error over samples; n = ${o.steps.map((steps) => cellAt(steps).samples).join(", ")}; seed ${o.seed}, ${o.sampler}`;
  const definitions = [...new Set(rows.flatMap(({ subject }) => definitionsOf(subject)))];
  const perplexities = definitions.map((definition): Section => {
    const cells = table(rows, (subject, steps) => cellText(row(subject, definition, steps)));
    return { title: definition, note, table: cells, charts: chart(definition, "value") };
  });
  const entropies = definitionsOf(first.subject)
    .slice(0, 1)
    .map((shown): Section => {
      const cells = table(subjects, (subject, steps) => entropyText(row(subject, shown, steps)));
      return { title: "sample entropy, nats", table: cells, charts: chart(shown, "entropy") };
    });
  const evaluations = definitionsOf(first.subject)
    .slice(0, 1)
    .map((shown): Section => {
      const cells = table(subjects, (subject, steps) => formatNumber(row(subject, shown, steps)?.nfe ?? null));
      return { title: "NFE", note: "network evaluations that a sample of so many steps made, mean", table: cells };
    });
  return [...perplexities, ...evaluations, ...entropies, ...figureSections(plan, items, found)];
}
