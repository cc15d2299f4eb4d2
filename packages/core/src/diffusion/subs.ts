/**
 * @file SUBS: a masked position never becomes the mask token; a revealed one keeps its token.
 *
 * The second half needs no arithmetic: log-probabilities are only ever computed at masked positions.
 * Source   arXiv 2406.07524 §3.2.3
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { parameter } from "../model/dit/fold.js";
import { logitsOf } from "../model/logits.js";
import type { ModelConfig } from "../model/presets.js";
import { logSoftmax } from "../nn/logSoftmax.js";

/** Stands for −∞ on the mask token, as published. */
export const maskedOut = -1e6;

/** Logits with the mask token out of reach. Shapes   [..., V] → [..., V]; the mask token is the last id. */
export function withoutMask(logits: tf.Tensor): tf.Tensor {
  const size = logits.shape.at(-1) as number;
  const bias = new Float32Array(size);
  bias[size - 1] = maskedOut;
  return tf.add(logits, tf.tensor1d(bias));
}

/** Logits of a denoiser's head that never predicts the mask: of a DiT in its bias, where that costs nothing. Shapes   h [N, D] → [N, V] */
export function maskedLogits(params: TensorsByName, model: ModelConfig, h: tf.Tensor): tf.Tensor {
  if (model.kind !== "dit") return withoutMask(logitsOf(params, model, h));
  const bias = "output_layer.linear.bias";
  return logitsOf({ ...params, [bias]: withoutMask(parameter(params, bias)) }, model, h);
}

/** log p(x0 | xt) at masked positions. Shapes   logits [N, V] → [N, V], nats */
export function subsLogProbs(logits: tf.Tensor): tf.Tensor {
  return logSoftmax(withoutMask(logits));
}
