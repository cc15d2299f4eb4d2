/**
 * @file `latency`: tokens a second and time of a sample against the AR baseline with its cache, by steps and batch.
 *
 * Of a checkpoint and its baseline, stored; or of published sizes with untrained weights, which take as long as trained
 * ones, printed. Programs are warm, and what is compared runs in turn.
 */
import { startProgress, userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { type Engine, engineFlags, openEngine } from "@sdtt/core/engine";
import { ditPreset, modelParameters, presetNames } from "@sdtt/core/model";
import { initialise, parameterCount } from "@sdtt/core/nn";
import { gpt2Vocabulary } from "@sdtt/core/plan";
import { formatNumber } from "@sdtt/core/statistics";
import { assetPath, machineOf } from "@sdtt/core/workspace";
import { z } from "zod";
import { declareFigures } from "../metrics/declarations.js";
import {
  type Latency,
  type LoadedModel,
  latenciesOf,
  latencyIdentity,
  msPerSample,
} from "../metrics/latency/latencies.js";
import { type Checkpoint, openCheckpoint, requireDenoiser } from "../record/checkpoint.js";
import { openEvaluationRun, precision } from "../record/evaluationRun.js";
import { evaluatedFlags } from "../record/options.js";
import { baselineOf } from "../record/subjects.js";
import { placeOf } from "../shards/place.js";
import { rangeOf, shardFlag } from "../shards/shard.js";

const options = z.object({
  ...evaluatedFlags,
  ar: z.string().default("auto").describe("folder of an AR baseline, none, or auto: the embedded one if it fits"),
  sizes: z.array(z.enum(presetNames)).default([]).describe("published sizes, untrained, in place of a checkpoint"),
  length: z.int().min(2).default(1024).describe("tokens of a sample, with --sizes"),
  steps: z.array(z.int().positive()).min(1).default([4, 8, 16, 32]).describe("step counts, as in 4,8,16"),
  batches: z.array(z.int().positive()).min(1).default([1, 8]).describe("sequences at once, as in 1,8"),
  repeats: z.int().min(2).default(5).describe("timed runs of each; the warm-up comes on top"),
  seed: z.int().nonnegative().default(1).describe("seed of the samples"),
  ...shardFlag,
  ...engineFlags,
});
type Options = z.output<typeof options>;

interface Timed {
  readonly label: string;
  readonly denoiser: LoadedModel;
  readonly baseline: LoadedModel | undefined;
}

/** A published size, and the same weights read from left to right: L tokens are drawn after a given one. */
function untrained(size: (typeof presetNames)[number], { length, seed }: Options): Timed {
  const model = { ...ditPreset(size, { vocabSize: gpt2Vocabulary + 1 }), length, dropout: 0 };
  const tensors = initialise(modelParameters(model), seed);
  const label = `${size}, ${(parameterCount(modelParameters(model)) / 1e6).toFixed(0)}M untrained parameters`;
  const causal = { ...model, causal: true, length: length + 1 };
  return { label, denoiser: { model, tensors }, baseline: { model: causal, tensors } };
}

async function timesOf(engine: Engine, o: Options, { label, denoiser, baseline }: Timed): Promise<Latency[]> {
  const each = (o.steps.length + (baseline ? 1 : 0)) * (o.repeats + 1);
  const progress = startProgress({ label, total: each * o.batches.length, unit: "runs" });
  let done = 0;
  const found: Latency[] = [];
  for (const batch of o.batches) {
    const request = { steps: o.steps, batch, repeats: o.repeats, seed: o.seed };
    found.push(...(await latenciesOf(engine, denoiser, baseline, request, () => progress.update(++done))));
  }
  progress.done();
  return found;
}

/** A line a batch and step count, each beside the baseline of its batch. */
function latencyTable(found: readonly Latency[]): string[][] {
  const lines = found.map((one) => {
    const { batch, steps, tokens, ms } = one;
    const ar = found.find((other) => other.batch === batch && other.steps === undefined);
    const ratio = ar && steps !== undefined ? `${(ar.ms.median / ms.median).toFixed(2)}×` : "";
    const spread = `${formatNumber(ms.median)} (${formatNumber(ms.low)} – ${formatNumber(ms.high)})`;
    const rates = [formatNumber((1000 * tokens) / ms.median), formatNumber(msPerSample(one).value)];
    return [`${batch}`, steps === undefined ? "AR" : `${steps}`, spread, ...rates, ratio];
  });
  return [["batch", "steps", "ms, median (quartiles)", "tokens/s", "ms a sample", "AR ÷ it"], ...lines];
}

export const latency = defineCommand({
  name: "latency",
  summary: "how long samples take, against the AR baseline with its cache",
  options,
  rules(o) {
    if (o.shard && o.sizes.length > 0) {
      throw userError("latency", "shards are of stored figures", "--sizes and --shard", "Give a --checkpoint.");
    }
    if (o.sizes.length > 0 && o.checkpoint !== undefined) {
      throw userError("latency", "give --sizes or --checkpoint, one of them", "both", "Drop one.");
    }
  },
  async run(o, context) {
    const engine = await openEngine(o.engine, o);
    const show = (label: string, found: readonly Latency[]) =>
      process.stdout.write(`\n${label}\n${alignTable(latencyTable(found))}\n(${engine.description}; ${machineOf()})\n`);
    for (const size of o.sizes) {
      const timed = untrained(size, o);
      show(timed.label, await timesOf(engine, o, timed));
    }
    if (o.sizes.length > 0) return;
    const checkpoint = openCheckpoint(o.checkpoint ?? assetPath("teacher"), o.weights);
    requireDenoiser(checkpoint, "Give it as --ar.");
    const baseline = baselineOf(o.ar, checkpoint, o.root);
    const label = checkpoint.text;
    const place = placeOf("latency", o, context.config, engine);
    const { root, shard } = place;
    const { from, to } = rangeOf(shard, o.batches.length);
    const run = openEvaluationRun({ stage: "latency", ...o, root, checkpoint }, engine, context);
    const work = async () => {
      declareFigures(run.store);
      const batches = o.batches.slice(from, to);
      const found = await timesOf(engine, { ...o, batches }, { label, denoiser: checkpoint, baseline });
      for (const one of found) {
        const { hash, round, weights, control } = one.steps === undefined ? (baseline as Checkpoint) : checkpoint;
        const identity = latencyIdentity(hash, { ...o, batch: one.batch }, one.steps);
        const made = { runId: run.runId, round, weights, control, dtype: precision, wallMs: one.ms.median };
        run.store.saveEvaluation({ ...identity, ...made, ...msPerSample(one) });
      }
      show(label, found);
    };
    await place.during(() => run.during(work));
  },
});
