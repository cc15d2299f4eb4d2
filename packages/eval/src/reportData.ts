/**
 * @file What a report says, read back from the store and from the kept samples.
 */
import { commitOf, machineOf, parseSampler, randomStream } from "@sdtt/core";
import { type EvaluationIdentity, type EvaluationRecord, evaluationKey } from "@sdtt/core/store";
import { definitionsOf, figureIdentity, identityOf, type Subject } from "./cells.js";
import { warningLines, warningsAt } from "./cellWarnings.js";
import { bootstrap, verdictOf } from "./compare.js";
import { type FigureName, figureNames } from "./diversity.js";
import { type Gain, gainsOf, gainText, measuredAt } from "./frontier.js";
import { pointOf } from "./matchedEntropy.js";
import type { LabelledItem, ReportPlan } from "./reportPlan.js";
import { cellText, entropyText, type Section } from "./reportTables.js";
import { samplingWarnings } from "./warnings.js";

export interface ReportData {
  readonly name: string;
  readonly made: string;
  readonly sections: readonly Section[];
  readonly rows: readonly (EvaluationRecord & { readonly label: string })[];
  readonly gains: Readonly<Record<string, readonly Gain[]>>;
}

type Found = (identity: EvaluationIdentity) => EvaluationRecord | undefined;

/** gen-PPL, entropy and the figures beside it, a table each. */
function curveSections({ o, subjects, cellAt }: ReportPlan, found: Found): Section[] {
  const [first] = subjects;
  if (!o.only.includes("curve") || !first) return [];
  const head = ["steps", ...o.steps.map(String)];
  const table = (text: (subject: Subject, steps: number) => string) => [
    head,
    ...subjects.map(({ label, subject }) => [label, ...o.steps.map((steps) => text(subject, steps))]),
  ];
  const row = (subject: Subject, definition: Parameters<typeof identityOf>[1], steps: number) =>
    found(identityOf(subject, definition, steps, cellAt(steps)));
  const definitions = definitionsOf(first.subject);
  const n = `n = ${o.steps.map((steps) => cellAt(steps).samples).join(", ")}; seed ${o.seed}, ${o.sampler}`;
  const perplexities = definitions.map((definition): Section => {
    const note = `± standard error over samples; ${n}`;
    return { title: definition, note, table: table((subject, steps) => cellText(row(subject, definition, steps))) };
  });
  const [shown] = definitions;
  const entropies = shown && table((subject, steps) => entropyText(row(subject, shown, steps)));
  const beside = figureNames
    .filter((name) => name !== "entropy")
    .map((name: FigureName): Section => {
      const text = (subject: Subject, steps: number) =>
        cellText(found(figureIdentity(subject, name, steps, cellAt(steps))));
      return { title: name, table: table(text) };
    });
  return [...perplexities, ...(entropies ? [{ title: "sample entropy, nats", table: entropies }] : []), ...beside];
}

/** Samplers side by side, a table for each model. */
function samplerSections({ o, subjects, cellAt }: ReportPlan, found: Found): Section[] {
  if (!o.only.includes("samplers") || o.samplers.length === 0) return [];
  return subjects.map(({ label, subject }): Section => {
    const [definition] = definitionsOf(subject);
    const head = o.samplerSteps.flatMap((steps) =>
      ["gen-PPL", "entropy", "self-BLEU", "NFE"].map((what) => `${what}, ${steps} steps`),
    );
    const lines = o.samplers.map((sampler) => {
      const cells = o.samplerSteps.flatMap((steps) => {
        const settings = { ...cellAt(steps), sampler };
        const row = definition && found(identityOf(subject, definition, steps, settings));
        const bleu = found(figureIdentity(subject, "self-bleu", steps, settings));
        return [cellText(row), entropyText(row), cellText(bleu), row?.nfe ? row.nfe.toFixed(1) : "–"];
      });
      return [parseSampler(sampler).written, ...cells];
    });
    const note = "a sampler that lowers entropy sharpens: compare gen-PPL only where entropies are equal";
    return { title: `Samplers, ${label}`, note, table: [["", ...head], ...lines] };
  });
}

/** ln gen-PPL of a student against the teacher's, sample i with sample i: "0.61 [0.58, 0.64] better". */
async function ratioText(plan: ReportPlan, student: Subject, teacher: Subject, steps: number): Promise<string> {
  const settings = plan.cellAt(steps);
  const own = await measuredAt(student, steps, settings, plan.o.root);
  const other = await measuredAt(teacher, steps, settings, plan.o.root);
  if (!own || !other) return "samples not kept";
  const ratio = (indices: Int32Array) => pointOf(own, indices).genPpl / pointOf(other, indices).genPpl;
  const interval = bootstrap(own.sums.length, ratio, { random: randomStream(settings.seed, "ratio", steps) });
  if (!interval) return "n too small";
  const verdict = verdictOf({ low: Math.log(interval.low), high: Math.log(interval.high) }, true);
  return `${interval.mean.toFixed(2)} [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}] ${verdict}`;
}

async function comparisonSections(plan: ReportPlan): Promise<{ sections: Section[]; gains: ReportData["gains"] }> {
  const { o, subjects } = plan;
  const [teacher, ...students] = subjects;
  if (!teacher || students.length === 0) return { sections: [], gains: {} };
  const sections: Section[] = [];
  if (o.only.includes("curve")) {
    const table = [["student ÷ teacher, steps", ...o.steps.map(String)]];
    for (const { label, subject } of students) {
      const cells = [];
      for (const steps of o.steps) cells.push(await ratioText(plan, subject, teacher.subject, steps));
      table.push([label, ...cells]);
    }
    const note =
      "gen-PPL, 95 % bootstrap over samples of one seed, pairs of the same draws; says nothing of other seeds";
    sections.push({ title: "Against the teacher", note, table });
  }
  const gains: Record<string, readonly Gain[]> = {};
  if (o.only.includes("frontier")) {
    const { temperatures, frontierSteps: steps, root } = o;
    const request = { steps, temperatures, settings: plan.frontierSettings, root };
    for (const { label, subject } of students) gains[label] = await gainsOf(subject, teacher.subject, request);
    const table = [["gain, steps", ...steps.map(String)]];
    for (const [label, own] of Object.entries(gains)) {
      const at = (count: number) => own.find((gain) => gain.steps === count);
      table.push([label, ...steps.map((count) => gainText(at(count) ?? { steps: count, entropy: 0, genPpl: 0 }))]);
    }
    const note = `teacher's gen-PPL at the student's entropy ÷ the student's; above 1 is better than temperature (${temperatures.join(", ")}); 95 % bootstrap over samples; "outside": no temperature reaches that entropy`;
    sections.push({ title: "Gain at matched entropy", note, table });
  }
  return { sections, gains };
}

/** One table a part: a line a figure, a column a model. */
function itemSections(items: readonly LabelledItem[], found: Found): Section[] {
  const titles = {
    mauve: "Continuations",
    "last-word": "Last word",
    sets: "Sets",
    levels: "Levels (gen-PPL)",
  } as const;
  return Object.entries(titles).flatMap(([part, title]): Section[] => {
    const own = items.filter((item) => item.part === part);
    const labels = [...new Set(own.map(({ label }) => label))];
    const lines = new Map<string, Map<string, string>>();
    for (const { label, item } of own) {
      for (const identity of item.identities) {
        const steps = part === "mauve" ? `, ${identity.steps} steps` : "";
        const name = `${identity.definition}${steps} (n = ${identity.n})`;
        lines.set(name, (lines.get(name) ?? new Map()).set(label, cellText(found(identity))));
      }
    }
    if (lines.size === 0) return [];
    const table = [
      ["", ...labels],
      ...[...lines].map(([name, cells]) => [name, ...labels.map((label) => cells.get(label) ?? "–")]),
    ];
    const cut = own.filter(({ item }) => item.name.includes("cut")).map(({ label, item }) => `${label}: ${item.name}`);
    return [{ title, table, ...(cut.length > 0 && { lines: cut }) }];
  });
}

function warningSection(plan: ReportPlan, items: readonly LabelledItem[], found: Found): Section[] {
  const { o, subjects, tokenizer, cellAt } = plan;
  if (!o.only.includes("curve")) return [];
  const level = items.find(({ label, part }) => part === "levels" && label === "held-out text")?.item.identities[0];
  const heldOutGenPpl = level && found(level)?.value;
  const lines = subjects.flatMap(({ label, subject }) => {
    const cells = warningsAt(o.root, subject.checkpoint, tokenizer, o.corpus, o.steps, cellAt).map((cell) => {
      const [definition] = definitionsOf(subject);
      const genPpl = definition && found(identityOf(subject, definition, cell.steps, cellAt(cell.steps)))?.value;
      if (genPpl === undefined || heldOutGenPpl === undefined) return cell;
      const facts = { n: 1000, temperature: 1, topP: 1, precision: "float64", genPpl, heldOutGenPpl } as const;
      return { ...cell, warnings: [...cell.warnings, ...samplingWarnings(facts)] };
    });
    return warningLines(cells).map((line) => `${label} ${line}`);
  });
  const note = `against pieces of held-out text (${o.corpus}) as long and as many; "suspicious" can make gen-PPL look better than it is`;
  return [{ title: "Warnings", note, lines: lines.length > 0 ? lines : ["none"] }];
}

/** Reads everything back; nothing is measured here but bootstraps and ranges. */
export async function gatherReport(plan: ReportPlan, items: readonly LabelledItem[]): Promise<ReportData> {
  const { run, name, subjects, o } = plan;
  const rows = new Map<string, EvaluationRecord & { label: string }>();
  const labelOf = new Map(subjects.map(({ label, subject }) => [subject.checkpoint.hash, label]));
  const labels = new Map(items.flatMap(({ label, item }) => item.identities.map((one) => [evaluationKey(one), label])));
  const found: Found = (identity) => {
    const key = evaluationKey(identity);
    const row = run.store.evaluation(key);
    if (row) rows.set(key, { ...row, label: labelOf.get(row.checkpointHash) ?? labels.get(key) ?? "" });
    return row;
  };
  const { sections, gains } = await comparisonSections(plan);
  const all = [
    ...curveSections(plan, found),
    ...samplerSections(plan, found),
    ...sections,
    ...itemSections(items, found),
    ...warningSection(plan, items, found),
  ];
  const { commit, dirty } = commitOf();
  const models = subjects.map(({ label, subject }) => `${label} ${subject.checkpoint.hash.slice(0, 12)}`).join(", ");
  const made = `Models: ${models}. Judge ${plan.judge.hash.slice(0, 12)}, seed ${o.seed}, ${machineOf()}, commit ${commit.slice(0, 12)}${dirty ? " with changes" : ""}.`;
  return { name, made, sections: all, rows: [...rows.values()], gains };
}
