/**
 * @file `frontier`: gen-PPL against entropy over temperatures, student beside teacher, and the gain at matched entropy.
 *
 * What a temperature does is no gain: a student counts as better only where it is better than a teacher of its entropy.
 */
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { calibratedSampler, loadSampler, partnerFlag, samplerFlag, seededBy, seedFlags } from "@sdtt/core/sampler";
import { formatNumber } from "@sdtt/core/statistics";
import { evaluationKey, type Store } from "@sdtt/core/store";
import { shareTokenizer, tokenizerOf } from "@sdtt/core/text";
import { z } from "zod";
import { commonGains, commonTable } from "../findings/commonEntropies.js";
import { byTemperature, type Drawn, gainOver, gainsNote, gainTable } from "../findings/gains.js";
import { entropiesIn, reachDown } from "../findings/reachDown.js";
import { frontiersFor, teacherStepsOf, teacherStepsText } from "../findings/teacherSteps.js";
import { judgeText, openJudge } from "../judge/judge.js";
import { declareFigures } from "../metrics/declarations.js";
import { openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { openEvaluationRun } from "../record/evaluationRun.js";
import { batchFlags, evaluatedFlags, judgeFlag, teacherFlag, temperaturesFlag } from "../record/options.js";
import { partnersFor } from "../record/partners.js";
import { teacherOf } from "../record/teacher.js";
import { definitionsOf, identityOf, type Subject } from "../samples/cellIdentity.js";
import { drawAll, overTemperatures } from "../samples/samplings.js";
import { placeOf } from "../shards/place.js";
import { shardFlag } from "../shards/shard.js";

const options = z.object({
  ...evaluatedFlags,
  checkpoint: z.string().describe("folder of the student's checkpoint, round or run"),
  ...teacherFlag,
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16]).describe("step counts, as in 4,8,16"),
  ...temperaturesFlag,
  samples: z.int().min(8).default(256).describe("samples a point"),
  ...samplerFlag,
  ...partnerFlag,
  ...seedFlags,
  ...judgeFlag,
  ...batchFlags,
  ...shardFlag,
  ...engineFlags,
});

/** How many steps the teacher needs for the same text, beside those of the student, in evaluations too. */
function stepsTable(store: Store, student: Drawn, control: Drawn, steps: readonly number[]): string[][] {
  const [definition] = definitionsOf(student.subject);
  const rows = steps.flatMap((count) => {
    const row =
      definition && store.evaluation(evaluationKey(identityOf(student.subject, definition, count, student.settings)));
    if (!row) return [];
    const text = teacherStepsText(row, frontiersFor(store, row, control.subject.checkpoint.hash));
    return [[String(count), formatNumber(row.nfe ?? Number.NaN), text]];
  });
  return [["student's steps", "NFE", "teacher steps for the same text [95 %]"], ...rows];
}

export const frontier = defineCommand({
  name: "frontier",
  summary: "how much better a student is than its teacher at the same entropy, over temperatures",
  options,
  recall: seededBy,
  async run(asked, context) {
    const checkpoint = openCheckpoint(asked.checkpoint, asked.weights);
    const o = { ...asked, sampler: calibratedSampler(asked.sampler, () => checkpoint.hash) };
    await loadSampler(o.sampler);
    requireDenoiser(checkpoint, "Use `lambada` for it.");
    const teacher = teacherOf(checkpoint, o.teacher, o.root);
    if (!teacher || !shareTokenizer(teacher, checkpoint, o.root)) {
      const got = teacher ? "one of another tokenizer" : "none";
      throw userError("frontier", "a student needs a teacher of its tokenizer", got, "Give it: --teacher=FOLDER.");
    }
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge, o.root);
    const { samples, sequences, seed, sampler, steps } = o;
    const place = placeOf("frontier", o, context.config, engine);
    const { root, shard } = place;
    const settings = { samples, sequences, seed, sampler, temperature: 1, keep: 0 };
    const partners = partnersFor([sampler], { ...o, checkpoint, teacher });
    const subjectOf = (one: typeof checkpoint): Subject => ({ checkpoint: one, partners, tokenizer, judge });
    const student: Drawn = { subject: subjectOf(checkpoint), settings };
    const control: Drawn = { subject: subjectOf(teacher), settings };
    const run = openEvaluationRun({ stage: "frontier", ...o, root, checkpoint, teacher }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      const label = ({ checkpoint: { round } }: Subject) => (round === 0 ? "teacher" : `round ${round}`);
      const sampled = (subject: Subject, counts: readonly number[]) => ({
        label: label(subject),
        subject,
        steps: counts,
      });
      const teacherSteps = teacherStepsOf(steps, o);
      const named = `frontier ${checkpoint.run}`;
      await drawAll(engine, { ...run, root, shard }, named, [
        ...overTemperatures(sampled(student.subject, steps), settings, o.temperatures),
        ...overTemperatures(sampled(control.subject, teacherSteps), settings, o.temperatures),
      ]);
      if (shard) return;
      const reached = entropiesIn(run.store, control.subject, [student.subject], steps, settings);
      const temperatures = await reachDown(reached, o.temperatures, (temperature) => {
        const colder = { ...sampled(control.subject, teacherSteps), settingsAt: () => ({ ...settings, temperature }) };
        return drawAll(engine, { ...run, root }, `${named}, τ = ${temperature}`, [colder]);
      });
      const gains = [];
      for (const count of steps) gains.push(await gainOver(student, control, byTemperature(temperatures), count, root));
      const tables = [
        gainTable(gains.filter((gain) => gain !== undefined)),
        stepsTable(run.store, student, control, steps),
      ];
      const own = [{ label: `round ${checkpoint.round}`, drawn: student }];
      for (const count of steps) {
        const found = await commonGains(control, own, temperatures, count, root);
        if (found.length > 0) tables.push(commonTable(count, found));
      }
      const note = [
        `(temperatures ${temperatures.join(", ")}; 95 % intervals over samples, ${gainsNote([gains])})`,
        ...[`student: ${checkpoint.text}`, `teacher: ${teacher.text}`, judgeText(judge)],
      ].join("\n");
      process.stdout.write(`\n${tables.map((table) => alignTable(table)).join("\n\n")}\n${note}\n`);
    };
    await place.during(() => run.during(work)).finally(() => judge.dispose());
  },
});
