/**
 * @file One round's task: noise a batch, ask the teacher for targets, move the student towards them.
 */
import {
  type BatchCursor,
  capacityFor,
  type Denoiser,
  float32,
  type HeadLoss,
  hiddenOf,
  int32,
  logitsOf,
  logSoftmax,
  type ModelConfig,
  maskedPositions,
  maskTokens,
  nextBatch,
  padPositions,
  randomStream,
  type Specs,
  sampleTimes,
  timeEps,
  withoutMask,
} from "@sdtt/core";
import * as tf from "@tensorflow/tfjs-core";
import { type DivergenceName, divergences } from "./divergences.js";
import { type DataOptions, dropoutMask, dropoutSpecs, type Rows, rowsOfParts } from "./objectives.js";
import { plannedTargets, planTargets, type TargetOptions, type TargetPlan } from "./targets.js";
import type { Batch, Part, Task } from "./trainer.js";

export interface RoundOptions extends TargetOptions {
  readonly round: number;
  readonly divergence: DivergenceName;
}

/** Rows of a noised batch with the teacher's targets; `masked` is the count of masked tokens in the whole batch. */
async function roundPart(
  teacher: Denoiser,
  batch: { readonly xt: Int32Array; readonly plan: TargetPlan; readonly masked: number },
  { from, to, of }: Rows,
): Promise<Part> {
  const V = teacher.vocabSize;
  const length = batch.xt.length / of;
  const xt = batch.xt.slice(from * length, to * length);
  const count = maskedPositions(xt, teacher.maskId).length;
  const capacity = capacityFor(count, xt.length);
  const { positions, logits } = await plannedTargets(teacher, xt, batch.plan, { from, rows: to - from, capacity });
  const inputs = {
    ids: int32([to - from, length], xt),
    positions: int32([capacity], padPositions(positions, capacity, xt.length)),
    targetLogits: float32([capacity, V], logits),
    weights: float32([capacity], new Float32Array(capacity).fill(1 / batch.masked, 0, count)),
  };
  return { inputs, capacity };
}

/** Mean divergence over the masked tokens of the batch, at xt. */
export function roundLoss(model: ModelConfig, divergence: DivergenceName): HeadLoss {
  return {
    hidden: hiddenOf(model),
    perRow: ["targetLogits", "weights"],
    loss(params, rows, { targetLogits, weights }) {
      const student = logSoftmax(withoutMask(logitsOf(params, model, rows)));
      const teacher = logSoftmax(withoutMask(targetLogits as tf.Tensor));
      return tf.sum(tf.mul(divergences[divergence](student, teacher), weights as tf.Tensor));
    },
  };
}

/** The task of one SDTT round; `model` is the student's, with its dropout. */
export function roundTask(teacher: Denoiser, model: ModelConfig, data: DataOptions, options: RoundOptions): Task {
  const { sequences, length, seed, shard, microbatch = sequences } = data;
  const V = model.vocabSize;
  return {
    label: `round ${options.round}`,
    model,
    tokensPerUpdate: sequences * length,
    inputSpecs: (capacity): Specs => ({
      ids: { shape: [microbatch, length], dtype: "int32" },
      positions: { shape: [capacity], dtype: "int32" },
      targetLogits: { shape: [capacity, V], dtype: "float32" },
      weights: { shape: [capacity], dtype: "float32" },
      ...dropoutSpecs(model, microbatch * length),
    }),
    loss: roundLoss(model, options.divergence),
    async batch(n: number, cursor: BatchCursor): Promise<Batch> {
      const next = nextBatch(shard, cursor, { batch: sequences, length, seed });
      const random = randomStream(seed, "round", options.round, n);
      const t = sampleTimes(random, sequences, timeEps);
      const xt = maskTokens(random, next.x0, t, teacher.maskId);
      const plan = planTargets(teacher.maskId, xt, t, options, random);
      const masked = maskedPositions(xt, teacher.maskId).length;
      const parts = rowsOfParts(data).map((rows) => async () => {
        const { inputs, capacity } = await roundPart(teacher, { xt, plan, masked }, rows);
        return { inputs: { ...inputs, ...dropoutMask(model, length, rows, seed, options.round, n) }, capacity };
      });
      return { parts, cursor: next.cursor };
    },
  };
}
