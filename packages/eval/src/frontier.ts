/**
 * @file `frontier`: gen-PPL against entropy over temperatures, student beside teacher, and the gain at matched entropy.
 *
 * What a temperature does is no gain: a student counts as better only where it is better than a teacher of its entropy.
 */
import {
  alignTable,
  defineCommand,
  engineFlags,
  openEngine,
  parseSampler,
  samplerFlag,
  startProgress,
  tokenizerOf,
  userError,
} from "@sdtt/core";
import { z } from "zod";
import { isDone, type Subject } from "./cells.js";
import { openCheckpoint, requireDenoiser } from "./checkpoint.js";
import { openEvaluationRun } from "./evaluationRun.js";
import { batchFlags, evaluatedFlags, judgeFlag, teacherFlag, temperaturesFlag } from "./flags.js";
import { type Drawn, gainOver, gainTable, measureFrontier } from "./gains.js";
import { openJudge } from "./judge.js";
import { teacherOf } from "./teacher.js";

const options = z.object({
  ...evaluatedFlags,
  checkpoint: z.string().describe("folder of the student's checkpoint or round"),
  ...teacherFlag,
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16]).describe("step counts, as in 4,8,16"),
  ...temperaturesFlag,
  samples: z.int().min(8).default(256).describe("samples a point"),
  ...samplerFlag,
  ...judgeFlag,
  ...batchFlags,
  ...engineFlags,
});

export const frontier = defineCommand({
  name: "frontier",
  summary: "how much better a student is than its teacher at the same entropy, over temperatures",
  options,
  async run(o, context) {
    parseSampler(o.sampler);
    const checkpoint = openCheckpoint(o.checkpoint, o.weights);
    requireDenoiser(checkpoint, "Use `lambada` for it.");
    const teacher = teacherOf(checkpoint, o.teacher, o.root);
    if (!teacher || teacher.tokenizerHash !== checkpoint.tokenizerHash) {
      const got = teacher ? "one of another tokenizer" : "none";
      throw userError("frontier", "a student needs a teacher of its tokenizer", got, "Give it: --teacher=FOLDER.");
    }
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const judge = openJudge(engine, o.judge);
    const { samples, sequences, seed, sampler, steps, temperatures, root } = o;
    const settings = { samples, sequences, seed, sampler, temperature: 1, keep: 0 };
    const subjectOf = (one: typeof checkpoint): Subject => ({ checkpoint: one, tokenizer, judge });
    const student: Drawn = { subject: subjectOf(checkpoint), settings };
    const control: Drawn = { subject: subjectOf(teacher), settings };
    const run = openEvaluationRun({ stage: "curve", ...o, checkpoint, teacher }, engine, context);
    const work = async () => {
      const wanted: [Drawn, number[]][] = [
        [student, [1]],
        [control, temperatures],
      ];
      const lacking = ({ subject }: Drawn, temperature: number) =>
        steps.filter((count) => !isDone(run.store, subject, count, { ...settings, temperature }));
      const todo = wanted.flatMap(([drawn, at]) => at.flatMap((temperature) => lacking(drawn, temperature)));
      const total = todo.reduce((sum, count) => sum + count * Math.ceil(samples / sequences), 0);
      const progress = startProgress({ label: `frontier ${checkpoint.run}`, total, unit: "steps" });
      let taken = 0;
      for (const [drawn, at] of wanted) {
        await measureFrontier(engine, { ...run, root }, drawn, at, steps, () => progress.update(++taken));
      }
      progress.done();
      const gains = [];
      for (const count of steps) gains.push(await gainOver(student, control, temperatures, count, root));
      const table = alignTable(gainTable(gains.filter((gain) => gain !== undefined)));
      process.stdout.write(`\n${table}\n(temperatures ${temperatures.join(", ")}; bootstrap over samples)\n`);
    };
    await run.during(work).finally(() => judge.dispose());
  },
});
