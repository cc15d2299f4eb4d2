/**
 * @file `sampler-times`: what samples of each sampler cost in processor time, in units of one of the teacher's ancestral steps.
 */
import { startProgress } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import {
  calibratedSampler,
  datastoreFlag,
  datastoreFor,
  loadSampler,
  parseSampler,
  partnerFlag,
} from "@sdtt/core/sampler";
import { formatNumber } from "@sdtt/core/statistics";
import { tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { z } from "zod";
import { declareFigures } from "../metrics/declarations.js";
import { openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { earlyOf } from "../record/early.js";
import { openEvaluationRun, precision } from "../record/evaluationRun.js";
import { earlyFlags, evaluatedFlags, teacherFlag } from "../record/options.js";
import { partnersFor } from "../record/partners.js";
import { teacherOf } from "../record/teacher.js";
import { type RelativeTime, relativeTimeIdentity, relativeTimes } from "../samples/relativeTimes.js";

const options = z.object({
  ...evaluatedFlags,
  ...teacherFlag,
  ...earlyFlags,
  samplers: z.array(z.string()).min(1).default(["ancestral"]).describe("samplers, as in ancestral,spaced,energy:2"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16]).describe("step counts, as in 4,8,16"),
  ...partnerFlag,
  ...datastoreFlag,
  sequences: z.int().positive().default(4).describe("sequences at once"),
  repeats: z.int().min(2).default(3).describe("timed turns, after one that warms up"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples"),
  ...engineFlags,
});

function timesTable(found: readonly RelativeTime[], steps: readonly number[]): string[][] {
  const samplers = [...new Set(found.map(({ sampler }) => sampler))];
  const cell = (sampler: string, count: number) => {
    const times = found.find((one) => one.sampler === sampler && one.steps === count)?.times;
    return times ? `${formatNumber(times.median)} (${formatNumber(times.low)} – ${formatNumber(times.high)})` : "–";
  };
  const rows = samplers.map((sampler) => [sampler, ...steps.map((count) => cell(sampler, count))]);
  return [["time of a sample, in ancestral steps, at steps", ...steps.map(String)], ...rows];
}

export const samplerTimes = defineCommand({
  name: "sampler-times",
  summary: "what samples cost in processor time, in the teacher's ancestral steps, by sampler and steps",
  options,
  async run(o, context) {
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    const teacher = teacherOf(checkpoint, o.teacher, o.root) ?? checkpoint;
    for (const one of [checkpoint, teacher]) requireDenoiser(one, "Use `latency` for it.");
    const samplers = o.samplers.map((text) => calibratedSampler(text, () => checkpoint.hash));
    for (const sampler of samplers) await loadSampler(sampler);
    const looking = samplers.map((text) => parseSampler(text)).find(({ sampler }) => "datastore" in sampler);
    const asked = looking ?? parseSampler("ancestral");
    const datastore = datastoreFor("sampler-times", asked, { ...checkpoint, where: checkpoint.path }, o);
    const partners = partnersFor(samplers, { ...o, checkpoint, teacher });
    const tokenizer = tokenizerOf(checkpoint, { given: o.tokenizer, root: o.root });
    const engine = await openEngine(o.engine, o);
    const subject = { checkpoint, early: earlyOf(checkpoint, o), partners, datastore, tokenizer };
    const ways = samplers.flatMap((sampler) => o.steps.map((steps) => ({ subject, sampler, steps })));
    const progress = startProgress({ label: "times", total: (ways.length + 1) * (o.repeats + 1), unit: "runs" });
    let done = 0;
    const run = openEvaluationRun({ stage: "latency", ...o, checkpoint, teacher }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      const unit = { checkpoint: teacher, tokenizer };
      const found = await relativeTimes(engine, unit, ways, o, () => progress.update(++done));
      const { round, weights, control } = checkpoint;
      for (const one of found) {
        const { median: value, low, high } = one.times;
        const made = { runId: run.runId, round, weights, control, dtype: precision };
        run.store.saveEvaluation({
          ...relativeTimeIdentity(teacher.hash, one, o),
          ...made,
          ...{ value, stderr: (high - low) / 2 },
        });
      }
      progress.done();
      process.stdout.write(
        `\n${alignTable(timesTable(found, o.steps))}\n(median and quartiles of ${o.repeats} turns, ${o.sequences} sequences at once; ${engine.description})\n`,
      );
    };
    await run.during(work).finally(() => datastore?.close());
  },
});
