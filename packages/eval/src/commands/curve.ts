/**
 * @file `curve`: generative perplexity and entropy of a checkpoint against step counts, with its teacher beside it.
 *
 * Cells are independent and the store knows them by what they are, so an interrupted curve goes on where it was and a
 * teacher is evaluated once for all its students.
 */
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { dryRunFlags, plannedSize, printPlan } from "@sdtt/core/plan";
import {
  calibratedSampler,
  datastoreFlag,
  datastoreFor,
  drawFlags,
  loadSampler,
  parseSampler,
  partnerFlag,
  samplerFlag,
  seededBy,
  seedFlags,
} from "@sdtt/core/sampler";
import { formatNumber, formatWithError } from "@sdtt/core/statistics";
import { type EvaluationRecord, evaluationKey, type Store } from "@sdtt/core/store";
import { shareTokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { z } from "zod";
import {
  judgeLines,
  trainingLines,
  unknownText,
  warningLines,
  warningSummary,
  warningsAt,
} from "../findings/cellWarnings.js";
import { frontiersFor, matchedGainText, teacherStepsText } from "../findings/teacherSteps.js";
import { judgeText, openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { partnerPassesFigure } from "../metrics/partnerPasses.js";
import { metricsWith } from "../metrics/registry.js";
import type { GenPplDefinition } from "../metrics/text/genPpl.js";
import { trainingTexts } from "../metrics/texts/trainingText.js";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { openEvaluationRun } from "../record/evaluationRun.js";
import {
  batchFlags,
  cellFlags,
  corpusFlag,
  evaluatedFlags,
  judgeFlag,
  metricsFlag,
  ownCorpus,
  teacherFlag,
} from "../record/options.js";
import { partnersFor } from "../record/partners.js";
import { teacherOf } from "../record/teacher.js";
import {
  type CellSettings,
  definitionsOf,
  figureIdentity,
  identityOf,
  type Subject,
  scheduleText,
} from "../samples/cellIdentity.js";
import { samplesAt } from "../samples/samplesAt.js";
import { drawAll } from "../samples/samplings.js";
import { placeOf } from "../shards/place.js";
import { shardFlag } from "../shards/shard.js";
import { curvePlan } from "./costs.js";
import { frontierCommand, storedLine } from "./storedLine.js";

const options = z.object({
  ...evaluatedFlags,
  ...teacherFlag,
  early: z.string().optional().describe("another round's folder, whose student takes the first steps"),
  earlyShare: z.number().positive().max(0.999).default(0.5).describe("share of the steps that --early takes"),
  ...cellFlags,
  ...metricsFlag,
  ...samplerFlag,
  ...partnerFlag,
  ...datastoreFlag,
  ...seedFlags,
  ...drawFlags,
  ...corpusFlag("say what is usual; none: no comparison"),
  warnings: z.boolean().default(false).describe("print each warning in full"),
  ...judgeFlag,
  keep: z.int().nonnegative().default(8).describe("samples a cell that are stored"),
  again: z
    .boolean()
    .default(false)
    .describe(
      "draw samples of finished cells that are no longer kept again, the same ones, for figures that they lack",
    ),
  ...batchFlags,
  ...shardFlag,
  ...engineFlags,
  ...plannedSize,
  ...dryRunFlags,
  json: z.boolean().default(false).describe("print the figures, or the dry run, as JSON"),
});

/** Throws   UserError when a teacher, or who takes the first steps, has another tokenizer than the student */
function refuseOtherTokenizer(
  student: Checkpoint,
  other: Checkpoint,
  flag: "--teacher" | "--early",
  root: string,
): void {
  if (shareTokenizer(student, other, root)) return;
  const got = `${other.tokenizerHash.slice(0, 12)} for ${student.tokenizerHash.slice(0, 12)}`;
  const rule = "it must have the student's tokenizer";
  throw userError(`checkpoint ${other.path}`, rule, got, `Give another ${flag}, or leave it out.`);
}

/** A label a subject: "teacher", "student", or the round where it is a teacher of a later round; and which weights. */
function labelOf(subject: Subject, isStudent: boolean): string {
  const { round, unfinished, control, weights } = subject.checkpoint;
  const what =
    control === "null" || control === "equal-updates" ? `control (${control})` : isStudent ? "student" : "teacher";
  const name = round === 0 ? "teacher" : `${what}, ${unfinished ?? `round ${round}`}, ${weights}`;
  return [name, scheduleText(subject) ?? []].flat().join(", ");
}

type Row = EvaluationRecord | undefined;

/** Student's gen-PPL as a share of the teacher's, which a temperature lowers too. Samples are taken as independent. */
function changeOf(student: Row, teacher: Row): string {
  if (!student?.value || !teacher?.value) return "–";
  const value = student.value / teacher.value;
  const relative = Math.hypot((student.stderr ?? 0) / student.value, (teacher.stderr ?? 0) / teacher.value);
  return formatWithError({ value, stderr: value * relative });
}

/** The comparison that counts, where the store has the teacher's temperatures. */
function matchedLines(store: Store, cells: readonly Row[], teacher: Row): string[][] {
  if (!teacher) return [];
  const found = cells.map((row) => row && { row, frontiers: frontiersFor(store, row, teacher.subjectHash) });
  const gains = found.map((one) => (one ? matchedGainText(one.row, one.frontiers) : "–"));
  if (gains.every((text) => text === "–")) return [];
  const steps = found.map((one) => (one ? teacherStepsText(one.row, one.frontiers) : "–"));
  return [
    ["gain at matched entropy", ...gains],
    ["teacher steps for the same text", ...steps],
  ];
}

interface CurveRow {
  readonly label: string;
  readonly cells: readonly Row[];
  /** What the sampler's second network cost, where it has one. */
  readonly passes: readonly Row[];
}

interface DefinitionCells {
  readonly definition: GenPplDefinition;
  /** The teacher's first. */
  readonly rows: readonly CurveRow[];
  /** Lines of the comparison at equal entropy; none where the teacher's temperatures are not stored. */
  readonly matched: readonly (readonly string[])[];
}

function curveTable({ definition, rows, matched }: DefinitionCells, steps: readonly number[]) {
  const lines = (name: string, show: (row: EvaluationRecord) => string) =>
    rows.map(({ label, cells }) => [`${name}, ${label}`, ...cells.map((row) => (row ? show(row) : "–"))]);
  const [teacher, student] = rows;
  const ppl = ({ value, stderr }: EvaluationRecord) => formatWithError({ value, stderr: stderr ?? Number.NaN });
  const entropy = (row: EvaluationRecord) =>
    formatWithError({ value: row.entropy ?? Number.NaN, stderr: row.entropyStderr ?? Number.NaN });
  // Of a sampler with a second network NFE tells half of the cost.
  const costs = rows
    .filter(({ passes }) => passes.some((row) => row !== undefined))
    .flatMap(({ label, cells, passes }) => [
      [`partner's passes, ${label}`, ...passes.map((row) => (row ? formatNumber(row.value) : "–"))],
      [`ms a sample, ${label}`, ...cells.map((row) => (row?.wallMs ? formatNumber(row.wallMs / row.n) : "–"))],
    ]);
  return alignTable([
    [`${definition} at steps`, ...steps.map(String)],
    ...lines("gen-PPL", ppl),
    ...(student ? [["student ÷ teacher", ...student.cells.map((row, i) => changeOf(row, teacher?.cells[i]))]] : []),
    ...lines("entropy", entropy),
    ...lines("NFE", ({ nfe }) => formatNumber(nfe ?? Number.NaN)),
    ...costs,
    ...matched,
    ["samples", ...(teacher?.cells.map((row) => String(row?.n ?? "–")) ?? [])],
  ]);
}

interface Steps {
  readonly steps: readonly number[];
}

type CurveSettings = Omit<CellSettings, "samples"> & { readonly samples?: number | undefined };

const cellAt = (settings: CurveSettings, steps: number): CellSettings => ({
  ...settings,
  samples: samplesAt(steps, settings.samples),
});

/** By definition the subjects' cells, the teacher's first, read back from the store. */
function cellsOf(
  store: Store,
  subjects: readonly Subject[],
  steps: readonly number[],
  settings: CurveSettings,
): DefinitionCells[] {
  const [student] = subjects;
  return (student ? definitionsOf(student) : []).map((definition) => {
    const cell = (subject: Subject, count: number) =>
      store.evaluation(evaluationKey(identityOf(subject, definition, count, cellAt(settings, count))));
    const passed = (subject: Subject, count: number) => {
      const figure = { declared: partnerPassesFigure };
      return store.evaluation(evaluationKey(figureIdentity(subject, figure, count, cellAt(settings, count))));
    };
    const row = (subject: Subject): CurveRow => ({
      label: labelOf(subject, subject === student),
      cells: steps.map((count) => cell(subject, count)),
      passes: steps.map((count) => passed(subject, count)),
    });
    const rows = [...subjects].reverse().map(row);
    const [teacher, beside] = rows;
    const control = teacher?.cells.find((one) => one !== undefined);
    return { definition, rows, matched: beside ? matchedLines(store, beside.cells, control) : [] };
  });
}

/** The tables of all definitions, and what they are of. */
function curveReport(
  found: readonly DefinitionCells[],
  subjects: readonly Subject[],
  settings: CurveSettings & Steps & { readonly root: string },
) {
  const [student] = subjects;
  const tables = found.map((one) => curveTable(one, settings.steps));
  const { temperature, seed, sampler = "ancestral", topP = 1 } = settings;
  const models = [...subjects].reverse().map(({ checkpoint }, i, all) => {
    return `${i === all.length - 1 && checkpoint.round > 0 ? "student" : "teacher"}: ${checkpoint.text}`;
  });
  const hasMatched = found.some(({ matched }) => matched.length > 0);
  const hint = `no comparison at equal entropy yet: ${frontierCommand(student?.checkpoint.path ?? "", settings.root)} draws the teacher's temperatures`;
  const control = models.length > 1 ? [hasMatched ? "gain and steps: 95 % intervals over samples" : hint] : [];
  const named = [...models, ...control, ...(student ? [judgeText(student.judge)] : [])].join("\n");
  const drawn = [`temperature ${temperature}`, ...(topP < 1 ? [`top-p ${topP}`] : []), parseSampler(sampler).written];
  return `${tables.join("\n\n")}\n(± standard error, seed ${seed}, ${drawn.join(", ")}; entropy in nats)\n${named}\n`;
}

export const curve = defineCommand({
  name: "curve",
  summary: "generative perplexity and entropy against step counts, teacher beside student",
  options,
  recall: seededBy,
  async run(asked, context) {
    await loadSampler(calibratedSampler(asked.sampler));
    if (asked.dryRun) return printPlan(curvePlan(asked), asked);
    const student = openCheckpoint(asked.checkpoint ?? assetPath("teacher"), asked.weights);
    const o = { ...asked, sampler: calibratedSampler(asked.sampler, () => student.hash) };
    const teacher = teacherOf(student, o.teacher, o.root);
    const checkpoints = teacher ? [student, teacher] : [student];
    const early = o.early === undefined ? undefined : openCheckpoint(o.early, o.weights);
    for (const one of [...checkpoints, early ?? []].flat()) requireDenoiser(one, "Use `lambada` for it.");
    const steps = [...new Set(o.steps)].sort((a, b) => a - b);
    const datastore = datastoreFor("curve", parseSampler(o.sampler), { ...student, where: student.path }, o);
    if (datastore && teacher) {
      const got = `--teacher=${o.teacher}`;
      throw userError("curve", "a datastore is of one model's states", got, "Add --teacher=none.");
    }
    if (teacher) refuseOtherTokenizer(student, teacher, "--teacher", o.root);
    if (early) refuseOtherTokenizer(student, early, "--early", o.root);
    const tokenizer = tokenizerOf(student, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const schedule = early && { checkpoint: early, share: o.earlyShare };
    const partners = partnersFor([o.sampler], { ...o, checkpoint: student, teacher });
    const known = await metricsWith(o.metrics);
    const { metrics } = known;
    const trainingOf = trainingTexts(tokenizer, o);
    const common = (checkpoint: Checkpoint) => {
      const measures = { metrics, training: trainingOf(checkpoint) };
      return { checkpoint, partners, datastore, tokenizer, judge, measures };
    };
    const own: Subject = { ...common(student), early: schedule };
    const subjects = teacher ? [own, common(teacher)] : [own];
    const place = placeOf("curve", o, context.config, engine);
    const { root, shard } = place;
    const run = openEvaluationRun({ stage: "curve", ...o, root, checkpoint: student, teacher }, engine, context);
    const work = async () => {
      declareFigures(run.store, known);
      const settingsAt = (count: number) => cellAt(o, count);
      const samplings = subjects.map((subject) => {
        return { label: labelOf(subject, subject.checkpoint === student), subject, steps, settingsAt };
      });
      await drawAll(engine, { ...run, root, shard }, `curve ${student.run}`, samplings);
      if (shard) return;
      const found = cellsOf(run.store, subjects, steps, o);
      const corpus = o.corpus === ownCorpus ? student.learned : o.corpus;
      const warnings = await warningsAt(o.root, own, corpus ?? "none", steps, settingsAt);
      const more = [...(corpus ? [] : [unknownText]), ...judgeLines(judge, student), ...trainingLines(own)];
      const all = [...warningLines(warnings), ...more];
      if (o.json) {
        const cells = found.flatMap(({ rows }) =>
          rows.flatMap(({ label, cells: own }) => own.map((row) => ({ label, ...row }))),
        );
        process.stdout.write(`${JSON.stringify({ cells, warnings: all }, null, 2)}\n`);
        return;
      }
      process.stdout.write(`\n${curveReport(found, subjects, { ...o, steps })}`);
      const lines = o.warnings ? all : warningSummary(warnings, more);
      for (const line of lines) process.stdout.write(`! ${line}\n`);
      process.stdout.write(storedLine(o.root));
    };
    await place
      .during(() => run.during(work))
      .finally(() => {
        judge.dispose();
        datastore?.close();
      });
  },
});
