/**
 * @file `curve`: generative perplexity and entropy of a checkpoint against step counts, with its teacher beside it.
 *
 * Cells are independent and the store knows them by what they are, so an interrupted curve goes on where it was and a
 * teacher is evaluated once for all its students.
 */
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
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
import { tokenizerOf } from "@sdtt/core/text";
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
import { openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { metricsWith } from "../metrics/registry.js";
import { trainingTexts } from "../metrics/texts/trainingText.js";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { earlyOf, refuseOtherTokenizer } from "../record/early.js";
import { openEvaluationRun } from "../record/evaluationRun.js";
import {
  batchFlags,
  cellFlags,
  corpusFlag,
  earlyFlags,
  evaluatedFlags,
  judgeFlag,
  metricsFlag,
  ownCorpus,
  teacherFlag,
} from "../record/options.js";
import { partnersFor } from "../record/partners.js";
import { teacherOf } from "../record/teacher.js";
import type { Subject } from "../samples/cellIdentity.js";
import { drawAll } from "../samples/samplings.js";
import { placeOf } from "../shards/place.js";
import { shardFlag } from "../shards/shard.js";
import { curvePlan } from "./costs.js";
import { cellAt, cellsOf, curveReport, labelOf } from "./curveTables.js";
import { storedLine } from "./storedLine.js";

const options = z.object({
  ...evaluatedFlags,
  ...teacherFlag,
  ...earlyFlags,
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
    for (const one of checkpoints) requireDenoiser(one, "Use `lambada` for it.");
    const early = earlyOf(student, o);
    const steps = [...new Set(o.steps)].sort((a, b) => a - b);
    const datastore = datastoreFor("curve", parseSampler(o.sampler), { ...student, where: student.path }, o);
    if (datastore && teacher) {
      const got = `--teacher=${o.teacher}`;
      throw userError("curve", "a datastore is of one model's states", got, "Add --teacher=none.");
    }
    if (teacher) refuseOtherTokenizer(student, teacher, "--teacher", o.root);
    const tokenizer = tokenizerOf(student, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const partners = partnersFor([o.sampler], { ...o, checkpoint: student, teacher });
    const known = await metricsWith(o.metrics);
    const { metrics } = known;
    const trainingOf = trainingTexts(tokenizer, o);
    const common = (checkpoint: Checkpoint) => {
      const measures = { metrics, training: trainingOf(checkpoint) };
      return { checkpoint, partners, datastore, tokenizer, judge, measures };
    };
    const own: Subject = { ...common(student), early };
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
