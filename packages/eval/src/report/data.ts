/**
 * @file What a report says, read back from the store and from the kept samples.
 */
import { type EvaluationRecord, evaluationKey, type Store } from "@sdtt/core/store";
import { commitOf, machineOf } from "@sdtt/core/workspace";
import { judgeLines, trainingLines, warningLines, warningsAt } from "../findings/cellWarnings.js";
import { genPplWarning } from "../findings/warnings.js";
import { judgeText } from "../judge/judge.js";
import { definitionsOf, identityOf } from "../samples/cellIdentity.js";
import { mauveCeiling, mauveFloor } from "./items.js";
import type { Found, LabelledItem, Named, ReportPlan } from "./parts.js";
import { judgedModels } from "./plan.js";
import { cellText, entropyText, type Section } from "./render.js";
import { withColder } from "./samplings.js";
import { curveSections } from "./sections/curves.js";
import { diversitySections } from "./sections/diversity.js";
import { type Compared, gainSections, ratioSections } from "./sections/gains.js";
import { latencySections } from "./sections/latency.js";
import { mauveNotes } from "./sections/mauveSaturation.js";
import { samplerSections } from "./sections/samplers.js";

export interface ReportData extends Pick<Compared, "gains" | "commonGains"> {
  readonly name: string;
  readonly made: string;
  readonly sections: readonly Section[];
  readonly rows: readonly (EvaluationRecord & { readonly label: string })[];
}

const itemTitles = { mauve: "Continuations", "last-word": "Last word", sets: "Sets", levels: "Levels" } as const;

function saturation(items: readonly LabelledItem[], found: Found): string[] {
  const levelOf = (name: string) => {
    const [identity] = items.find(({ label }) => label === name)?.item.identities ?? [];
    return identity && found(identity);
  };
  const [n = 0] = items.flatMap(({ item }) => item.identities.map((identity) => identity.n));
  return mauveNotes(levelOf(mauveCeiling), levelOf(mauveFloor), n);
}

/** One table a part: a line a figure, a column a model. */
function itemSections(items: readonly LabelledItem[], found: Found): Section[] {
  return Object.entries(itemTitles).flatMap(([part, title]): Section[] => {
    const own = items.filter((item) => item.part === part);
    const labels = [...new Set(own.map(({ label }) => label))];
    const lines = new Map<string, Map<string, string>>();
    const put = (line: string, label: string, cell: string) =>
      lines.set(line, (lines.get(line) ?? new Map()).set(label, cell));
    for (const { label, item } of own) {
      for (const identity of item.identities) {
        const row = found(identity);
        const steps = part === "mauve" && identity.steps ? `, ${identity.steps} steps` : "";
        put(`${identity.definition}${steps} (n = ${identity.n})`, label, cellText(row));
        if (identity.metric === "gen-ppl") put(`sample entropy, nats (n = ${identity.n})`, label, entropyText(row));
      }
    }
    if (lines.size === 0) return [];
    const body = [...lines].map(([name, cells]) => [name, ...labels.map((label) => cells.get(label) ?? "–")]);
    const ofItems = own.flatMap(({ label, item }) => (item.notes ?? []).map((note) => `${label}: ${note}`));
    const notes = [...ofItems, ...(part === "mauve" ? saturation(own, found) : [])];
    return [{ title, table: [["", ...labels], ...body], ...(notes.length > 0 && { lines: notes }) }];
  });
}

async function warningSection(plan: ReportPlan, items: readonly LabelledItem[], found: Found): Promise<Section[]> {
  const { o, subjects, cellAt, judge } = plan;
  if (!o.only.includes("curve")) return [];
  const level = items.find(({ label, part }) => part === "levels" && label === "held-out text")?.item.identities[0];
  const heldOutGenPpl = level && found(level)?.value;
  const lines: string[] = [];
  for (const { label, subject } of subjects) {
    const cells = (await warningsAt(o.root, subject, o.corpus, o.steps, cellAt)).map((cell) => {
      const [definition] = definitionsOf(subject);
      const genPpl = definition && found(identityOf(subject, definition, cell.steps, cellAt(cell.steps)))?.value;
      return { ...cell, warnings: [...cell.warnings, ...genPplWarning(genPpl, heldOutGenPpl)] };
    });
    lines.push(...warningLines(cells).map((line) => `${label} ${line}`));
  }
  lines.push(...new Set(subjects.flatMap(({ subject }) => trainingLines(subject))));
  lines.push(...judgeLines(judge, (subjects[0] as Named).subject.checkpoint));
  const note = `against pieces of held-out text (${o.corpus}) as long and as many; "suspicious" can make gen-PPL look better than it is`;
  return [{ title: "Warnings", note, lines: lines.length > 0 ? lines : ["none"] }];
}

/** Reads everything back; nothing is measured here but bootstraps and ranges. */
export async function gatherReport(
  plan: ReportPlan,
  store: Store,
  items: readonly LabelledItem[],
): Promise<ReportData> {
  const { name, o } = plan;
  const subjects = judgedModels(plan);
  const rows = new Map<string, EvaluationRecord & { label: string }>();
  const labelOf = new Map(subjects.map(({ label, subject }) => [subject.checkpoint.hash, label]));
  const labels = new Map(items.flatMap(({ label, item }) => item.identities.map((one) => [evaluationKey(one), label])));
  const found: Found = (identity) => {
    const key = evaluationKey(identity);
    const row = store.evaluation(key);
    if (row) rows.set(key, { ...row, label: labelOf.get(row.subjectHash) ?? labels.get(key) ?? "" });
    return row;
  };
  const colder = withColder(plan, store);
  const { sections, ...gains } = await gainSections(colder, store, found);
  const all = [
    ...sections,
    ...diversitySections(colder, found),
    ...curveSections(plan, items, found),
    ...(await ratioSections(plan)),
    ...samplerSections(plan, store, found),
    ...itemSections(items, found),
    ...latencySections(plan, items, found),
    ...(await warningSection(plan, items, found)),
  ];
  const { commit, dirty } = commitOf();
  const models = subjects.map(({ label, subject }) => `${label}: ${subject.checkpoint.text}`).join("; ");
  const judges = [plan.judge, ...plan.judges].map(judgeText).join("; ");
  const made = `Models: ${models}. ${judges}; seed ${o.seed}, ${machineOf()}, written at commit ${commit.slice(0, 12)}${dirty ? " with changes" : ""}.`;
  return { name, made, sections: all, rows: [...rows.values()], ...gains };
}
