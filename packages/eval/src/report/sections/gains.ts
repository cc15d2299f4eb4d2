/**
 * @file The report's comparisons: students against their teacher, at equal steps and at equal entropy, and samplers
 * against a temperature.
 */
import { randomStream } from "@sdtt/core/base";
import { parseSampler } from "@sdtt/core/sampler";
import { bootstrap, formatNumber } from "@sdtt/core/statistics";
import type { Store } from "@sdtt/core/store";
import { type CommonGains, commonGains, commonTable, type Labelled } from "../../findings/commonEntropies.js";
import { type Drawn, frontierOf, type Gain, gainOver, gainsNote, gainTexts, measuredAt } from "../../findings/gains.js";
import { pointOf } from "../../findings/resampled.js";
import { frontiersFor, teacherStepsText } from "../../findings/teacherSteps.js";
import { figureNamed } from "../../metrics/registry.js";
import { definitionsOf, figureIdentity, identityOf, type Subject } from "../../samples/cellIdentity.js";
import type { Found } from "../data.js";
import { type ReportPlan, samplesBeside } from "../plan.js";
import { cellText, entropyText, type Section } from "../render.js";
import type { Chart, Mark } from "../svg.js";

/** gen-PPL of a student over the teacher's, sample i with sample i: "0.61 [0.58, 0.64]". A temperature lowers it too: no verdict. */
async function ratioText({ o, cellAt }: ReportPlan, student: Subject, teacher: Subject, steps: number) {
  const settings = cellAt(steps);
  const own = await measuredAt({ subject: student, settings }, steps, o.root);
  const other = await measuredAt({ subject: teacher, settings }, steps, o.root);
  if (!own || !other) return "samples not kept";
  const ratio = (indices: Int32Array) => pointOf(own, indices).genPpl / pointOf(other, indices).genPpl;
  const interval = bootstrap(own.sums.length, ratio, { random: randomStream(settings.seed, "ratio", steps) });
  if (!interval) return "n too small";
  return `${interval.mean.toFixed(2)} [${interval.low.toFixed(2)}, ${interval.high.toFixed(2)}]`;
}

/** Every student's gen-PPL over the teacher's, at each step count of the curve. */
export async function ratioSections(plan: ReportPlan): Promise<Section[]> {
  const { o, subjects } = plan;
  const [teacher, ...students] = subjects;
  if (!o.only.includes("curve") || !teacher || students.length === 0) return [];
  const table = [["student ÷ teacher, steps", ...o.steps.map(String)]];
  for (const { label, subject } of students) {
    const cells = [];
    for (const steps of o.steps) cells.push(await ratioText(plan, subject, teacher.subject, steps));
    table.push([label, ...cells]);
  }
  const note =
    "gen-PPL, 95 % bootstrap over samples of one seed, pairs of the same draws; says nothing of other seeds, and has no verdict: a lower temperature lowers it too";
  return [{ title: "Against the teacher", note, table }];
}

const asMark = ({ entropy, genPpl }: { entropy: number; genPpl: number }): Mark => ({ x: entropy, y: genPpl });

/** gen-PPL against entropy at one step count: each model over temperatures as a line. */
async function frontierChart(plan: ReportPlan, steps: number): Promise<Chart> {
  const { o, subjects, frontierSettings: settings } = plan;
  const series = [];
  for (const { label, subject } of subjects) {
    const points = await frontierOf({ subject, settings }, o.temperatures, steps, o.root);
    series.push({ label, marks: points.map((point) => asMark(pointOf(point))) });
  }
  const x = { label: `sample entropy at ${steps} steps, nats`, scale: "linear" } as const;
  return { x, y: { label: "gen-PPL", scale: "log" }, series };
}

/** The same at round entropies that both reach, students too with temperatures: a table a step count. */
async function commonSections({ o, frontierSettings }: ReportPlan, control: Drawn, students: readonly Labelled[]) {
  const sections: Section[] = [];
  const common: CommonGains[] = [];
  for (const steps of o.frontierSteps) {
    const found = await commonGains(control, students, o.temperatures, steps, o.root);
    if (found.length === 0) continue;
    common.push(...found);
    const note = `both over temperatures (${o.temperatures.join(", ")}), interpolated at one entropy in nats; 95 % bootstrap over samples, n = ${frontierSettings.samples}; ${gainsNote(found.map(({ gains }) => gains))}; "outside": not reached by both`;
    sections.push({ title: `Gain at common entropies, ${steps} steps`, note, table: commonTable(steps, found) });
  }
  return { sections, common };
}

export interface Compared {
  readonly sections: readonly Section[];
  /** Of each student, at its own entropy. */
  readonly gains: Readonly<Record<string, readonly Gain[]>>;
  readonly commonGains: readonly CommonGains[];
}

/** How many steps the teacher needs for the same text, a line a student with its own evaluations beside its steps. */
function teacherStepsSection(
  { o, subjects, frontierSettings }: ReportPlan,
  store: Pick<Store, "evaluations">,
  found: Found,
) {
  const [teacher, ...students] = subjects;
  const lines = students.map(({ label, subject }) => {
    const [definition] = definitionsOf(subject);
    const cells = o.frontierSteps.map((steps) => {
      const row = definition && found(identityOf(subject, definition, steps, frontierSettings));
      if (!row || !teacher) return "–";
      const own = row.nfe === null ? "" : `NFE ${formatNumber(row.nfe)}: `;
      return `${own}${teacherStepsText(row, frontiersFor(store, row, teacher.subject.checkpoint.hash))}`;
    });
    return [label, ...cells];
  });
  const note = `steps (NFE) that the teacher needs for the student's gen-PPL at a temperature that gives it the student's entropy; 95 % intervals over samples of one seed, n = ${frontierSettings.samples}; "> …": more than were measured`;
  const table = [["teacher needs, student's steps", ...o.frontierSteps.map(String)], ...lines];
  return { title: "Teacher steps for the same text", note, table } satisfies Section;
}

/** Gains at matched entropy, and the frontiers that they are read off. */
export async function gainSections(
  plan: ReportPlan,
  store: Pick<Store, "evaluations">,
  found: Found,
): Promise<Compared> {
  const { o, subjects, frontierSettings: settings } = plan;
  const [teacher, ...students] = subjects;
  const nothing = { sections: [], gains: {}, commonGains: [] };
  if (!o.only.includes("frontier") || !teacher || students.length === 0) return nothing;
  const gains: Record<string, readonly Gain[]> = {};
  const all: (Gain | undefined)[][] = [];
  const control = { subject: teacher.subject, settings };
  for (const { label, subject } of students) {
    const own = [];
    for (const steps of o.frontierSteps) {
      own.push(await gainOver({ subject, settings }, control, o.temperatures, steps, o.root));
    }
    gains[label] = own.filter((gain) => gain !== undefined);
    all.push(own);
  }
  const texts = gainTexts(all);
  const lines = students.map(({ label }, i) => [label, ...(texts[i] as string[])]);
  const table = [["gain, steps", ...o.frontierSteps.map(String)], ...lines];
  const charts = [];
  for (const steps of o.frontierSteps) charts.push(await frontierChart(plan, steps));
  const note = `teacher's gen-PPL at the student's entropy ÷ the student's; above 1 is better than temperature (${o.temperatures.join(", ")}); 95 % bootstrap over samples, n = ${settings.samples}; ${gainsNote(all)}; "outside": no temperature reaches that entropy`;
  const headline: Section = { title: "Gain at matched entropy", note, table, charts };
  const drawn = students.map(({ label, subject }) => ({ label, drawn: { subject, settings } }));
  const { sections, common } = await commonSections(plan, control, drawn);
  const steps = teacherStepsSection(plan, store, found);
  return { sections: [steps, headline, ...sections], gains, commonGains: common };
}

const selfBleu = { declared: figureNamed("self-bleu") };
const samplerColumns = ["gen-PPL", "entropy", "self-BLEU", "NFE", "gain"] as const;

/** Samplers side by side, a table for each model; the gain is over the model's own temperatures. */
export async function samplerSections(plan: ReportPlan, found: Found): Promise<Section[]> {
  const { o, subjects, samplerSettings } = plan;
  const sections: Section[] = [];
  for (const { label, subject } of subjects.filter((one) => samplesBeside(plan, one.subject))) {
    const [definition] = definitionsOf(subject);
    const control = { subject, settings: samplerSettings };
    const samplers = [...new Set([o.sampler, ...o.samplers])];
    const gains: (Gain | undefined)[][] = [];
    for (const sampler of samplers.filter((one) => one !== o.sampler)) {
      const own = [];
      for (const steps of o.samplerSteps) {
        const settings = { ...samplerSettings, sampler };
        own.push(await gainOver({ subject, settings }, control, o.temperatures, steps, o.root));
      }
      gains.push(own);
    }
    const texts = gainTexts(gains);
    const others = samplers.filter((one) => one !== o.sampler);
    const lines = samplers.map((sampler) => {
      const settings = { ...samplerSettings, sampler };
      const cells = o.samplerSteps.flatMap((steps, i) => {
        const row = definition && found(identityOf(subject, definition, steps, settings));
        const bleu = found(figureIdentity(subject, selfBleu, steps, settings));
        const gain = sampler === o.sampler ? "1" : (texts[others.indexOf(sampler)]?.[i] ?? "–");
        return [cellText(row), entropyText(row), cellText(bleu), row?.nfe ? row.nfe.toFixed(1) : "–", gain];
      });
      return [parseSampler(sampler).written, ...cells];
    });
    const head = o.samplerSteps.flatMap((steps) => samplerColumns.map((what) => `${what}, ${steps} steps`));
    const note = `gain: gen-PPL of ${o.sampler} with the temperature (${o.temperatures.join(", ")}) that gives the sampler's entropy ÷ the sampler's, 95 % bootstrap over samples, ${gainsNote(gains)}; n = ${samplerSettings.samples}, seed ${o.seed}`;
    sections.push({ title: `Samplers, ${label}`, note, table: [["", ...head], ...lines] });
  }
  return sections;
}
