/**
 * @file One round's task: noise a batch, ask the teacher for targets, move the student towards them.
 */
import { float32, int32, randomStream, reusedMemory } from "@sdtt/core/base";
import { hiddenOf, maskedPositions, subsLogProbs } from "@sdtt/core/diffusion";
import { logitsOf, type ModelConfig } from "@sdtt/core/model";
import { type RowLoss, weightedRowLoss } from "@sdtt/core/nn";
import { capacityFor, type HeadLoss, padPositions } from "@sdtt/core/optim";
import { type Denoiser, type Draw, inverseCdf } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";
import { dropoutMask } from "../training/pretrainTask.js";
import type { Task } from "../training/task.js";
import { type Divergence, type DivergenceName, divergenceOf } from "./divergences.js";
import { asLossSees, type LossPrecision } from "./lossPrecision.js";
import { noisedBatches, type RoundData } from "./noised.js";
import type { NoisyTeacher } from "./noisyTeacher.js";
import { beyondRounding } from "./nullRound.js";
import { inOrder } from "./order.js";
import { sdttTargets, type TargetOptions, type Targets } from "./targets.js";

export interface RoundOptions extends TargetOptions {
  readonly round: number;
  readonly divergence: DivergenceName | Divergence;
  /** Default: float32. */
  readonly lossPrecision?: LossPrecision;
}

/**
 * The inputs of the loss but dropout, padded to a capacity with rows of weight zero.
 *
 * Shapes   xt [B·L] · positions [N] · logits [N · V] → positions, weights [capacity] · targetLogits [capacity, V]
 *
 * @param masked count of masked tokens in the whole batch, not in these rows
 */
export function roundInputs(
  xt: Int32Array,
  shape: readonly [number, number],
  { positions, logits }: Pick<Targets, "positions" | "logits">,
  V: number,
  masked: number = positions.length,
) {
  const capacity = capacityFor(positions.length, xt.length);
  const targetLogits = logits.length === capacity * V ? logits : new Float32Array(capacity * V);
  if (targetLogits !== logits) targetLogits.set(logits);
  const inputs = {
    ids: int32(shape, xt),
    positions: int32([capacity], padPositions(positions, capacity, xt.length)),
    targetLogits: float32([capacity, V], targetLogits),
    weights: float32([capacity], new Float32Array(capacity).fill(1 / masked, 0, positions.length)),
  };
  return { inputs, capacity };
}

type LossOptions = Pick<RoundOptions, "divergence" | "substeps" | "lossPrecision">;

/** Σ of the divergence over the masked positions given, weighted: its mean over the masked tokens of the batch. */
export function roundLoss(
  model: ModelConfig,
  { divergence, substeps, lossPrecision = "float32" }: LossOptions,
): HeadLoss {
  const seen = asLossSees[lossPrecision];
  const counts = substeps === 1 ? beyondRounding : undefined;
  return divergenceLoss(model, divergenceOf(divergence), (logits) => seen(subsLogProbs(logits)), counts);
}

/**
 * `roundLoss` under any divergence between any log-probabilities.
 *
 * Shapes   logProbs [N, V] → [N, V]
 *
 * @param counts how much each row counts, from the teacher's and the student's logits; default: all alike
 */
export function divergenceLoss(
  model: ModelConfig,
  divergence: Divergence,
  logProbs: (logits: tf.Tensor) => tf.Tensor,
  counts?: (teacher: tf.Tensor, student: tf.Tensor) => tf.Tensor,
): HeadLoss {
  return {
    hidden: hiddenOf(model),
    perRow: ["targetLogits", "weights"],
    loss(params, rows, { targetLogits, weights }) {
      const loss: RowLoss = (logits, rows) => {
        const teacher = rows.teacher as tf.Tensor;
        const each = divergence(logProbs(logits), logProbs(teacher));
        return counts ? tf.mul(each, counts(teacher, logits)) : each;
      };
      const logits = logitsOf(params, model, rows);
      return weightedRowLoss(loss, logits, weights as tf.Tensor, { teacher: targetLogits as tf.Tensor });
    },
  };
}

/** The task of one SDTT round; `model` is the student's, with its dropout. */
export function roundTask(teacher: Denoiser, model: ModelConfig, data: RoundData, options: RoundOptions): Task {
  const { sequences, length, seed, microbatch = sequences } = data;
  const { round } = options;
  const V = model.vocabSize;
  const memory = reusedMemory();
  // With room for their capacity. What an earlier part left beyond the positions has weight zero.
  const allocate = (positions: number) => memory(capacityFor(positions, microbatch * length) * V);
  const batch = noisedBatches(model, data, round, async ({ n, rows, xt, t, orders, masked }) => {
    const draw: Draw = (row) => {
      const random = randomStream(seed, "round", round, n, "targets", rows.from + row);
      const rule = inverseCdf({ reveal: random, draw: random });
      return orders ? inOrder(rule, orders[row] as readonly number[], random) : rule;
    };
    const targets = await sdttTargets(teacher, xt, t, options, draw, allocate);
    return roundInputs(xt, [t.length, length], targets, V, masked);
  });
  return {
    label: `round ${round}`,
    model,
    tokensPerUpdate: sequences * length,
    loss: roundLoss(model, options),
    batch,
  };
}

/** Which dropout a null control's teacher has: of a rate of its own, or with the student's own mask. */
export interface TeacherDropout {
  readonly rate: number;
  readonly shared: boolean;
}

/**
 * The task of a null control whose teacher has dropout too: the target is what it predicts at xt under one mask.
 *
 * Holds    with the student's own mask the loss begins at 0
 */
export function noisyNullTask(
  teacher: NoisyTeacher,
  model: ModelConfig,
  data: RoundData,
  options: Omit<RoundOptions, keyof TargetOptions>,
  dropout: TeacherDropout,
): Task {
  const { sequences, length, seed } = data;
  const { round } = options;
  const own = { ...model, dropout: dropout.rate } as ModelConfig;
  const batch = noisedBatches(model, data, round, async ({ n, rows, xt, t, masked }, students) => {
    const positions = maskedPositions(xt, model.vocabSize - 1);
    const kept = dropout.shared ? students : dropoutMask(own, length, rows, seed, "teacher", round, n);
    const logits = await teacher.predict(xt, positions, kept);
    return roundInputs(xt, [t.length, length], { positions, logits }, model.vocabSize, masked);
  });
  const loss = roundLoss(model, { ...options, substeps: 1 });
  return { label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss, batch };
}
