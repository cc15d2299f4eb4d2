/**
 * @file Quality against latency: what a model of this size writes in the time that a sample takes, the AR baseline beside it.
 */
import { definitionsOf, identityOf } from "../../samples/cellIdentity.js";
import type { Found, LabelledItem, ReportPlan } from "../parts.js";
import { cellText, markOf, type Section } from "../render.js";
import type { Chart } from "../svg.js";

/** gen-PPL of each model at the time of its steps; of the baseline at its own. */
function qualityChart({ subjects, cellAt }: ReportPlan, items: readonly LabelledItem[], found: Found): Chart[] {
  const identities = items.flatMap(({ part, item }) => (part === "latency" ? item.identities : []));
  const msAt = new Map(identities.map((identity) => [identity.steps, found(identity)?.value]));
  const [first] = subjects;
  const [definition] = first ? definitionsOf(first.subject) : [];
  if (!definition) return [];
  const series = subjects.map(({ label, subject }) => ({
    label,
    marks: [...msAt].flatMap(([steps, ms]) => {
      if (!steps || ms === undefined) return [];
      const row = found(identityOf(subject, definition, steps, cellAt(steps)));
      return row ? [markOf(ms, row.value, row.stderr)] : [];
    }),
  }));
  const baseline = items.find(({ label, part }) => part === "levels" && label === "AR baseline")?.item.identities;
  const level = baseline?.find((identity) => identity.definition === definition);
  const [row, ms] = [level && found(level), msAt.get(undefined)];
  const ar = row && ms !== undefined ? [{ label: "AR baseline", marks: [markOf(ms, row.value, row.stderr)] }] : [];
  const x = { label: "ms a sample", scale: "log" } as const;
  return [{ x, y: { label: definition, scale: "log" }, series: [...series, ...ar] }];
}

export function latencySections(plan: ReportPlan, items: readonly LabelledItem[], found: Found): Section[] {
  const identities = items.flatMap(({ part, item }) => (part === "latency" ? item.identities : []));
  if (identities.length === 0) return [];
  const table = [
    ["steps", ...identities.map(({ steps }) => (steps ? String(steps) : "AR, with its cache"))],
    ["ms a sample", ...identities.map((identity) => cellText(found(identity)))],
  ];
  const note = `median ± half the distance of the quartiles, ${plan.o.latencyBatch} sequence(s) at once, warm, in turn; all rounds are of one size and take as long`;
  return [{ title: "Latency", note, table, charts: qualityChart(plan, items, found) }];
}
