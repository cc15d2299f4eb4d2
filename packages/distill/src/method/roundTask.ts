/**
 * @file One round's task: noise a batch, ask the teacher for targets, move the student towards them.
 */
import { float32, int32, randomStream, reusedMemory } from "@sdtt/core/base";
import { hiddenOf, maskedPositions, maskTokens, sampleTimes, subsLogProbs, timeEps } from "@sdtt/core/diffusion";
import { logitsOf, type ModelConfig } from "@sdtt/core/model";
import { type RowLoss, weightedRowLoss } from "@sdtt/core/nn";
import { capacityFor, type HeadLoss, padPositions } from "@sdtt/core/optim";
import { type Denoiser, type Draw, inverseCdf } from "@sdtt/core/sampler";
import { type BatchCursor, nextBatch } from "@sdtt/core/text";
import * as tf from "@tensorflow/tfjs-core";
import { type DataOptions, dropoutMask, rowsOfParts } from "../training/pretrainTask.js";
import type { Batch, Task } from "../training/task.js";
import { type Divergence, type DivergenceName, divergenceOf } from "./divergences.js";
import { asLossSees, type LossPrecision } from "./lossPrecision.js";
import { beyondRounding } from "./nullRound.js";
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

/** Σ of the divergence over the masked positions given, weighted: its mean over the masked tokens of the batch. */
function roundLoss(model: ModelConfig, { divergence, substeps, lossPrecision = "float32" }: RoundOptions): HeadLoss {
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
export function roundTask(teacher: Denoiser, model: ModelConfig, data: DataOptions, options: RoundOptions): Task {
  const { sequences, length, seed, shard, microbatch = sequences } = data;
  const V = model.vocabSize;
  const memory = reusedMemory();
  // With room for their capacity. What an earlier part left beyond the positions has weight zero.
  const allocate = (positions: number) => memory(capacityFor(positions, microbatch * length) * V);
  return {
    label: `round ${options.round}`,
    model,
    tokensPerUpdate: sequences * length,
    loss: roundLoss(model, options),
    async batch(n: number, cursor: BatchCursor): Promise<Batch> {
      const next = nextBatch(shard, cursor, { batch: sequences, length, seed });
      const random = randomStream(seed, "round", options.round, n);
      const t = sampleTimes(random, sequences, timeEps);
      const xt = maskTokens(random, next.x0, t, teacher.maskId);
      const draw: Draw = (row) => {
        const random = randomStream(seed, "round", options.round, n, "targets", row);
        return inverseCdf(random, random);
      };
      const masked = maskedPositions(xt, teacher.maskId).length;
      const parts = rowsOfParts(data).map((rows) => async () => {
        const { from, to } = rows;
        const part = xt.slice(from * length, to * length);
        const drawOf: Draw = (row) => draw(from + row);
        const targets = await sdttTargets(teacher, part, t.slice(from, to), options, drawOf, allocate);
        const { inputs, capacity } = roundInputs(part, [to - from, length], targets, V, masked);
        return { inputs: { ...inputs, ...dropoutMask(model, length, rows, seed, options.round, n) }, capacity };
      });
      return { parts, cursor: next.cursor };
    },
  };
}
