/**
 * @file The report's comparisons: students and controls against their teacher, at equal steps and at equal entropy, where a
 * temperature gives that, and where top-p does.
 */
import { randomStream } from "@sdtt/core/base";
import { bootstrap, formatNumber } from "@sdtt/core/statistics";
import type { Store } from "@sdtt/core/store";
import { type CommonGains, commonGains, commonTable, type Labelled } from "../../findings/commonEntropies.js";
import {
  byTemperature,
  byTopP,
  type Drawn,
  frontierOf,
  gainOver,
  gainsNote,
  gainTexts,
  measuredAt,
  type ResampledGain,
} from "../../findings/gains.js";
import { pointOf } from "../../findings/resampled.js";
import { frontiersFor, teacherStepsText } from "../../findings/teacherSteps.js";
import { type CellSettings, definitionsOf, identityOf, type Subject } from "../../samples/cellIdentity.js";
import type { Found, ReportPlan } from "../parts.js";
import { judgedModels } from "../plan.js";
import type { Section } from "../render.js";
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
  const { o } = plan;
  const [teacher, ...students] = judgedModels(plan);
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
  const { o, frontierSettings: settings } = plan;
  const series = [];
  for (const { label, subject } of judgedModels(plan)) {
    const points = await frontierOf({ subject, settings }, byTemperature(o.temperatures), steps, o.root);
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
  readonly gains: Readonly<Record<string, readonly ResampledGain[]>>;
  readonly commonGains: readonly CommonGains[];
}

/** How many steps the teacher needs for the same text, a line a student with its own evaluations beside its steps. */
function teacherStepsSection(plan: ReportPlan, store: Pick<Store, "evaluations">, found: Found) {
  const { o, frontierSettings } = plan;
  const [teacher, ...students] = judgedModels(plan);
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

/** What is compared, and how it is drawn. */
interface Compare {
  readonly label: string;
  readonly subject: Subject;
  readonly settings: CellSettings;
}

/** Students, controls, and the teacher with top-p: all as they are, against the teacher's temperatures. */
function comparedIn(plan: ReportPlan): Compare[] {
  const { o, frontierSettings: settings } = plan;
  const [teacher, ...others] = judgedModels(plan);
  const nuclei = o.topPs.map((topP) => ({
    label: `teacher, top-p ${topP}`,
    subject: (teacher as { readonly subject: Subject }).subject,
    settings: { ...settings, topP },
  }));
  return [...others.map((one) => ({ ...one, settings })), ...nuclei];
}

type Frontier = Parameters<typeof gainOver>[2];

/** Gains of each over a frontier of the control, a line each. */
async function gainsOver({ o }: ReportPlan, compared: readonly Compare[], control: Drawn, frontier: Frontier) {
  const gains: (ResampledGain | undefined)[][] = [];
  for (const drawn of compared) {
    const own = [];
    for (const steps of o.frontierSteps) own.push(await gainOver(drawn, control, frontier, steps, o.root));
    gains.push(own);
  }
  const texts = gainTexts(gains);
  const lines = compared.map(({ label }, i) => [label, ...(texts[i] as string[])]);
  return { gains, table: [["gain, steps", ...o.frontierSteps.map(String)], ...lines], verdicts: gainsNote(gains) };
}

/** The same with the teacher sharpened by top-p. */
async function topPSection(plan: ReportPlan, compared: readonly Compare[], control: Drawn): Promise<Section[]> {
  const { topPs } = plan.o;
  if (topPs.length === 0) return [];
  const models = compared.filter(({ settings }) => settings.topP === undefined);
  const { table, verdicts } = await gainsOver(plan, models, control, byTopP(topPs));
  const note = `the same, with top-p (1, ${topPs.join(", ")}) for temperatures: what of the gain is left where the teacher leaves unlikely tokens out; ${verdicts}`;
  return [{ title: "Gain over top-p at matched entropy", note, table }];
}

/** Controls that are not there, with the command that makes them. */
function missingControls({ o, controls }: ReportPlan): string[] {
  if (o.run === undefined || o.controls.includes("none")) return [];
  const kinds = {
    null: "rounds that teach nothing new",
    "equal-updates": "the teacher trained on for as many updates",
  };
  return Object.entries(kinds).flatMap(([control, what]) => {
    if (controls.some(({ subject }) => subject.checkpoint.control === control)) return [];
    return [`no ${what} beside it: npx nx run distill:round --control=${control} --beside=${o.run} makes them`];
  });
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
  if (!o.only.includes("frontier") || !teacher || judgedModels(plan).length < 2) return nothing;
  const control = { subject: teacher.subject, settings };
  const compared = comparedIn(plan);
  const { gains, table, verdicts } = await gainsOver(plan, compared, control, byTemperature(o.temperatures));
  const charts = [];
  for (const steps of o.frontierSteps) charts.push(await frontierChart(plan, steps));
  const note = `teacher's gen-PPL at its entropy ÷ its own; above 1 is better than temperature (${o.temperatures.join(", ")}); 95 % bootstrap over samples, n = ${settings.samples}; ${verdicts}; at equal steps student and teacher make as many evaluations (table NFE); "outside": no temperature reaches that entropy`;
  const lines = missingControls(plan);
  const headline: Section = {
    ...{ title: "Gain at matched entropy", note, table, charts },
    ...(lines.length > 0 && { lines }),
  };
  const drawn = students.map(({ label, subject }) => ({ label, drawn: { subject, settings } }));
  const { sections, common } = await commonSections(plan, control, drawn);
  const steps = teacherStepsSection(plan, store, found);
  const byLabel = compared.map(
    ({ label }, i) => [label, (gains[i] ?? []).filter((gain) => gain !== undefined)] as const,
  );
  return {
    sections: [steps, headline, ...(await topPSection(plan, compared, control)), ...sections],
    gains: Object.fromEntries(byLabel),
    commonGains: common,
  };
}
