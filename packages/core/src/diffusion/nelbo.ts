/**
 * @file The training loss of round 0: a weighted negative log-likelihood at chosen positions.
 *
 * For a denoiser the positions are the masked ones and the weights 1/(t·B·L), which makes it the NELBO; for an
 * autoregressive model every position predicts the next token with the same weight.
 * Source   arXiv 2406.07524 eq. 10 with the log-linear schedule, where α'/(1 − α) = −1/t
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { selfWeight, toldAt } from "../model/dit/noise.js";
import { hiddenAt, logitsOf } from "../model/logits.js";
import { isCausal, type ModelConfig } from "../model/presets.js";
import { nll } from "../nn/logSoftmax.js";
import { type RowLoss, weightedRowLoss } from "../nn/rowLoss.js";
import { type HeadLoss, wholeLoss } from "../optim/headLoss.js";
import { maskedLogits } from "./subs.js";

/**
 * The trunk of a loss at `positions` of `ids`, with the dropout of `kept`, what positions see in `look` and are told in `noise`, or in
 * `previous` of what the network said of them, if given.
 */
export function hiddenOf(model: ModelConfig): HeadLoss["hidden"] {
  return (params, inputs) => {
    const { ids, positions } = inputs as Record<string, tf.Tensor>;
    const { kept, look, noise, previous } = inputs;
    const total = (ids?.shape[0] as number) * (ids?.shape[1] as number);
    const values = noise ?? previous;
    const weight = values === previous ? selfWeight : undefined;
    const told = values && { told: toldAt(params, values, positions as tf.Tensor, total, weight) };
    const options = { ...(kept && { kept }), ...(look && { look }), ...told };
    return hiddenAt(params, model, ids as tf.Tensor, positions as tf.Tensor, options);
  };
}

/** Σ weight · −log p(target) as a loss of the vocabulary head; a denoiser never predicts the mask. */
export function nllLoss(model: ModelConfig): HeadLoss {
  return {
    hidden: hiddenOf(model),
    perRow: ["targets", "weights"],
    loss(params, rows, { targets, weights }) {
      const logits = (isCausal(model) ? logitsOf : maskedLogits)(params, model, rows);
      const loss: RowLoss = (x, { ids }) => nll(x, ids as tf.Tensor);
      return weightedRowLoss(loss, logits, weights as tf.Tensor, { ids: targets as tf.Tensor });
    },
  };
}

/**
 * Σ weight · −log p(target); a denoiser never predicts the mask.
 *
 * Shapes   ids [B, L] int32 · positions, targets [N] int32 · weights [N] → scalar, nats
 */
export function weightedNll(model: ModelConfig): (params: TensorsByName, inputs: TensorsByName) => tf.Scalar {
  return wholeLoss(nllLoss(model));
}

/**
 * −log p(target) at each position, with at most `chunk` rows of logits at a time; for scoring, not for gradients.
 *
 * Shapes   ids [B, L] int32 · positions, targets [N] int32 → [N], nats
 */
export function nllAt(model: ModelConfig, chunk: number): (params: TensorsByName, inputs: TensorsByName) => tf.Tensor {
  return (params, inputs) => {
    const { ids, positions, targets } = inputs as Record<string, tf.Tensor>;
    const hidden = hiddenAt(params, model, ids as tf.Tensor, positions as tf.Tensor);
    const [count, width] = hidden.shape as [number, number];
    const scores = Array.from({ length: Math.ceil(count / chunk) }, (_, i) => {
      const rows = Math.min(chunk, count - i * chunk);
      const here = tf.slice(hidden, [i * chunk, 0], [rows, width]);
      return nll(logitsOf(params, model, here), tf.slice(targets as tf.Tensor, [i * chunk], [rows]));
    });
    return tf.concat(scores);
  };
}
