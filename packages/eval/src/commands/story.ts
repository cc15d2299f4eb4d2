/**
 * @file `story`: what a round did, in words and in one table: teacher, student, the students that ship, AR and real text.
 *
 * Only the student is sampled, with few steps; what is known of the others is taken from the store, into which the figures
 * that ship are put. `curve` has all definitions and errors of a model.
 */
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { addKnown, readKnown, type Store } from "@sdtt/core/store";
import { shareTokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetsFolder } from "@sdtt/core/workspace";
import { z } from "zod";
import { judgeLines, unknownText, warningLines, warningSummary, warningsAt } from "../findings/cellWarnings.js";
import { modelCells, storyLines } from "../findings/story/lines.js";
import { errorsText, storyTable } from "../findings/story/table.js";
import { verdict } from "../findings/story/verdict.js";
import { judgeText, openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { usualMeasures } from "../metrics/figures.js";
import { trainingTexts } from "../metrics/texts/trainingText.js";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { openEvaluationRun } from "../record/evaluationRun.js";
import { batchFlags, corpusFlag, evaluatedFlags, judgeFlag, ownCorpus, teacherFlag } from "../record/options.js";
import { teacherOf } from "../record/teacher.js";
import { type CellSettings, definitionsOf, type Subject } from "../samples/cellIdentity.js";
import { fewerSamplesAt } from "../samples/samplesAt.js";
import { drawAll } from "../samples/samplings.js";
import { frontierCommand, storedLine } from "./storedLine.js";

const options = z.object({
  ...evaluatedFlags,
  checkpoint: z.string().describe("folder of the student's checkpoint, round or run"),
  ...teacherFlag,
  steps: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe("step counts of the student, as in 4,8,16; default: L/64, L/32, L/16 and L/8 of L tokens"),
  samples: z.int().min(2).optional().describe("samples a cell; default: 1024 steps' worth, between 32 and 256"),
  ...corpusFlag("say what is usual; none: no comparison"),
  warnings: z.boolean().default(false).describe("print each warning in full"),
  ...judgeFlag,
  shipped: z
    .string()
    .default(assetsFolder)
    .describe("folder of the assets whose figures stand beside it: AR, students and known.json"),
  ...batchFlags,
  ...engineFlags,
});

type Options = z.output<typeof options>;

/** From 64 tokens at once on. */
const stepsFor = (length: number): number[] =>
  [64, 32, 16, 8].map((tokens) => length / tokens).filter((steps) => Number.isInteger(steps) && steps > 0);

/** Throws   UserError where there is nothing to hold the student against */
function openModels(o: Options): { student: Checkpoint; teacher: Checkpoint } {
  const student = openCheckpoint(o.checkpoint, o.weights);
  requireDenoiser(student, "Use `lambada` for it.");
  const teacher = teacherOf(student, o.teacher, o.root);
  const remedy = "Give --teacher=FOLDER, or see it alone with `curve`.";
  if (!teacher || !shareTokenizer(student, teacher, o.root)) {
    const got = teacher ? "one of another" : "none";
    throw userError(`story of ${student.path}`, "a student needs a teacher of its tokenizer", got, remedy);
  }
  requireDenoiser(teacher, remedy);
  return { student, teacher };
}

/** Step counts at which the store has nothing of the teacher, under any seed. */
function lackingOf(store: Store, { checkpoint, ...subject }: Subject, steps: readonly number[]): number[] {
  const [definition] = definitionsOf({ checkpoint, ...subject });
  if (!definition) return [];
  const cells = modelCells(store, checkpoint.hash, { definition, referenceHash: subject.judge.hash });
  return steps.filter((count) => !cells.has(count));
}

/** What the figures are of, below the table. */
function notes(lines: Parameters<typeof errorsText>[0], { student, teacher, judge }: Record<string, { text: string }>) {
  const hasLevels = lines.some(({ kind }) => kind === "level");
  return [
    `(temperature 1 where none is told, intervals of 95 % over samples, ${errorsText(lines)})`,
    ...(hasLevels ? [] : ["AR baseline and real text: eval:reference measures them"]),
    ...[`teacher: ${teacher?.text}`, `student: ${student?.text}`, `${judge?.text}`],
  ];
}

export const story = defineCommand({
  name: "story",
  summary: "what a round did, in words and one table: teacher, student, the students that ship, AR and real text",
  options,
  async run(o, context) {
    const { student, teacher } = openModels(o);
    const { length } = student.model;
    const steps = [...new Set(o.steps ?? stepsFor(length))].sort((a, b) => a - b);
    const tokenizer = tokenizerOf(student, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const trainingOf = trainingTexts(tokenizer, { root: o.root });
    const subjectOf = (checkpoint: Checkpoint): Subject => {
      return { checkpoint, tokenizer, judge, measures: { ...usualMeasures, training: trainingOf(checkpoint) } };
    };
    const [own, beside] = [subjectOf(student), subjectOf(teacher)];
    const { seed, sequences } = o;
    const settingsAt = (count: number): CellSettings => {
      return { samples: fewerSamplesAt(count, o.samples), sequences, seed, temperature: 1, keep: 8 };
    };
    const run = openEvaluationRun({ stage: "story", ...o, checkpoint: student, teacher }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      // Those of the project's own assets are there since the run was opened.
      const known = o.shipped === assetsFolder ? undefined : readKnown(join(o.shipped, "known.json"));
      if (known) addKnown(run.store, known);
      await drawAll(engine, { ...run, root: o.root }, `story of ${student.run}`, [
        { label: `round ${student.round}`, subject: own, steps, settingsAt },
        { label: "teacher", subject: beside, steps: lackingOf(run.store, beside, steps), settingsAt },
      ]);
      const [definition] = definitionsOf(own);
      const judged = { definition: String(definition), referenceHash: judge.hash };
      const lines = storyLines(run.store, o.shipped, { student, teacher, root: o.root }, judged);
      const hint = `${frontierCommand(student.path, o.root)} draws its teacher's temperatures`;
      const said = verdict(run.store, { lines, teacherHash: teacher.hash, length, hint });
      const corpus = (o.corpus === ownCorpus ? student.learned : o.corpus) ?? "none";
      const warnings = await warningsAt(o.root, own, corpus, steps, settingsAt);
      const more = [
        ...(corpus === "none" && o.corpus === ownCorpus ? [unknownText] : []),
        ...judgeLines(judge, student),
      ];
      const table = alignTable(storyTable(lines, Math.min(...steps)));
      const below = notes(lines, { student, teacher, judge: { text: judgeText(judge) } });
      process.stdout.write(`\n${[...said, "", table, ...below].join("\n")}\n`);
      const shown = o.warnings ? [...warningLines(warnings), ...more] : warningSummary(warnings, more);
      for (const line of shown) process.stdout.write(`! ${line}\n`);
      process.stdout.write(storedLine(o.root));
    };
    await run.during(work).finally(() => judge.dispose());
  },
});
