/**
 * @file AlphaDLM's loss: (1 − e^{k s})/k with s the mean of ln p(x0 | xt) over a row's masked tokens; no teacher, no 1/t.
 *
 * Where cross-entropy asks for each token's marginal, this asks that a row's tokens be right together: it maximises
 * E[Π p(x0_i)^{k/m}] over m masks. k → 0 is cross-entropy; from k = m on the best answer is one row
 * (experiments/src/studies/ideal). A row's tokens meet in its loss, so that the head cannot be cut into chunks.
 */
import { float32, int32 } from "@sdtt/core/base";
import { hiddenOf, maskedLogits, maskedPositions } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { nll } from "@sdtt/core/nn";
import { capacityFor, type HeadLoss, padPositions } from "@sdtt/core/optim";
import * as tf from "@tensorflow/tfjs-core";
import type { Task } from "../../training/task.js";
import { type Noised, noisedBatches, type RoundData } from "../noised.js";

/**
 * Σ over rows of weight · (1 − e^{k s})/k.
 *
 * Shapes   logProbs [N], of the true tokens · shares [B, N]: 1/m at a row's own positions · weights [B] → scalar
 */
export function alphaLoss(k: number, logProbs: tf.Tensor, shares: tf.Tensor, weights: tf.Tensor): tf.Scalar {
  const means = tf.reshape(tf.matMul(shares as tf.Tensor2D, tf.expandDims(logProbs, 1) as tf.Tensor2D), [-1]);
  return tf.sum(tf.mul(weights, tf.mul(tf.sub(1, tf.exp(tf.mul(means, k))), 1 / k))) as tf.Scalar;
}

function headLoss(model: ModelConfig, k: number): HeadLoss {
  return {
    hidden: hiddenOf(model),
    perRow: ["targets"],
    loss(params, rows, { targets, shares, rowWeights }) {
      const logits = maskedLogits(params, model, rows);
      return alphaLoss(k, tf.neg(nll(logits, targets as tf.Tensor)), shares as tf.Tensor, rowWeights as tf.Tensor);
    },
  };
}

/** Shapes   ids [B, L] · positions, targets [capacity] · shares [B, capacity] · rowWeights [B] */
function inputsOf({ x0, xt, rows }: Noised, length: number, maskId: number) {
  const positions = maskedPositions(xt, maskId);
  const count = rows.to - rows.from;
  const capacity = capacityFor(positions.length, xt.length);
  const targets = new Int32Array(capacity);
  const masks = new Float32Array(count);
  for (const position of positions)
    masks[Math.floor(position / length)] = (masks[Math.floor(position / length)] ?? 0) + 1;
  const shares = new Float32Array(count * capacity);
  positions.forEach((position, i) => {
    const row = Math.floor(position / length);
    targets[i] = x0[position] as number;
    shares[row * capacity + i] = 1 / (masks[row] as number);
  });
  const inputs = {
    ids: int32([count, length], xt),
    positions: int32([capacity], padPositions(positions, capacity, xt.length)),
    targets: int32([capacity], targets),
    shares: float32([count, capacity], shares),
    rowWeights: float32([count], new Float32Array(count).fill(1 / rows.of)),
  };
  return { inputs, capacity };
}

/** The task of a round under AlphaDLM's loss. */
export function alphaTask(
  model: ModelConfig,
  data: RoundData,
  { round, k }: { readonly round: number; readonly k: number },
): Task {
  const { sequences, length } = data;
  const batch = noisedBatches(model, data, round, async (noised) => inputsOf(noised, length, model.vocabSize - 1));
  return {
    ...{ label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss: headLoss(model, k), batch },
    headChunk: Number.POSITIVE_INFINITY,
  };
}
