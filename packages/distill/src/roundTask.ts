/**
 * @file One round's task: noise a batch, ask the teacher for targets, move the student towards them.
 */
import {
  type BatchCursor,
  capacityFor,
  type Denoiser,
  float32,
  int32,
  logitsAt,
  type ModelConfig,
  maskTokens,
  nextBatch,
  padPositions,
  randomStream,
  type Specs,
  sampleTimes,
  subsLogProbs,
  type TensorMap,
  timeEps,
} from "@sdtt/core";
import * as tf from "@tensorflow/tfjs-core";
import { type Divergence, type DivergenceName, divergences } from "./divergences.js";
import { type DataOptions, dropoutMask, dropoutSpecs } from "./objectives.js";
import { sdttTargets, type TargetOptions, type Targets } from "./targets.js";
import type { Batch, Task } from "./trainer.js";

export interface RoundOptions extends TargetOptions {
  readonly round: number;
  readonly divergence: DivergenceName;
}

/** The inputs of the loss: rows of xt, masked positions padded to a capacity, the teacher's logits, and weights. */
export function roundInputs(xt: Int32Array, shape: readonly [number, number], targets: Targets, V: number) {
  const count = targets.positions.length;
  const capacity = capacityFor(count, xt.length);
  const targetLogits = new Float32Array(capacity * V);
  targetLogits.set(targets.logits);
  const inputs: TensorMap = {
    ids: int32(shape, xt),
    positions: int32([capacity], padPositions(targets.positions, capacity, xt.length)),
    targetLogits: float32([capacity, V], targetLogits),
    weights: float32([capacity], new Float32Array(capacity).fill(1 / count, 0, count)),
  };
  return { inputs, capacity };
}

/** Mean divergence over the masked tokens of the batch, at xt. */
export function roundLoss(model: ModelConfig, divergence: DivergenceName): Task["loss"] {
  return divergenceLoss(model, divergences[divergence], subsLogProbs);
}

/** `roundLoss` under any divergence between any log-probabilities. Shapes   logProbs [N, V] → [N, V] */
export function divergenceLoss(
  model: ModelConfig,
  divergence: Divergence,
  logProbs: (logits: tf.Tensor) => tf.Tensor,
): Task["loss"] {
  return (params, inputs) => {
    const { ids, positions, targetLogits, weights } = inputs as Record<string, tf.Tensor>;
    const kept = inputs.kept ? { kept: inputs.kept } : {};
    const student = logProbs(logitsAt(params, model, ids as tf.Tensor, positions as tf.Tensor, kept));
    const teacher = logProbs(targetLogits as tf.Tensor);
    return tf.sum(tf.mul(divergence(student, teacher), weights as tf.Tensor));
  };
}

/** The task of one SDTT round; `model` is the student's, with its dropout. */
export function roundTask(teacher: Denoiser, model: ModelConfig, data: DataOptions, options: RoundOptions): Task {
  const { sequences, length, seed, shard } = data;
  const tokens = sequences * length;
  const V = model.vocabSize;
  return {
    label: `round ${options.round}`,
    model,
    tokensPerUpdate: tokens,
    inputSpecs: (capacity): Specs => ({
      ids: { shape: [sequences, length], dtype: "int32" },
      positions: { shape: [capacity], dtype: "int32" },
      targetLogits: { shape: [capacity, V], dtype: "float32" },
      weights: { shape: [capacity], dtype: "float32" },
      ...dropoutSpecs(model, tokens),
    }),
    loss: roundLoss(model, options.divergence),
    async batch(n: number, cursor: BatchCursor): Promise<Batch> {
      const next = nextBatch(shard, cursor, { batch: sequences, length, seed });
      const random = randomStream(seed, "round", options.round, n);
      const t = sampleTimes(random, sequences, timeEps);
      const xt = maskTokens(random, next.x0, t, teacher.maskId);
      const targets = await sdttTargets(teacher, xt, t, options, random);
      const made = roundInputs(xt, [sequences, length], targets, V);
      const inputs = { ...made.inputs, ...dropoutMask(model, tokens, seed, options.round, n) };
      return { inputs, capacity: made.capacity, cursor: next.cursor };
    },
  };
}
