/**
 * @file SUBS: a masked position never becomes the mask token; a revealed one keeps its token.
 *
 * The second half needs no arithmetic: log-probabilities are only ever computed at masked positions.
 * Source   arXiv 2406.07524 §3.2.3
 */
import * as tf from "@tensorflow/tfjs-core";
import { logSoftmax } from "../model/layers/logSoftmax.js";

/** Stands for −∞ on the mask token, as published. */
export const maskedOut = -1e6;

/** Logits with the mask token out of reach. Shapes   [N, V] → [N, V]; the mask token is the last id. */
export function withoutMask(logits: tf.Tensor): tf.Tensor {
  const size = logits.shape[1] as number;
  const bias = new Float32Array(size);
  bias[size - 1] = maskedOut;
  return tf.add(logits, tf.tensor1d(bias));
}

/** log p(x0 | xt) at masked positions. Shapes   logits [N, V] → [N, V], nats */
export function subsLogProbs(logits: tf.Tensor): tf.Tensor {
  return logSoftmax(withoutMask(logits));
}
