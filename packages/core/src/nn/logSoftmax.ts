/** @file Log-softmax over the vocabulary, and the negative log-likelihood of one id a row. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing, runFused } from "../engine/traced.js";

const fusedLogSoftmax = tf.customGrad((input: unknown, save: unknown) => {
  const value = runFused("FusedLogSoftmax", { logits: input as tf.Tensor })[0] as tf.Tensor;
  (save as tf.GradSaveFunc)([value]);
  const gradFunc = (dy: tf.Tensor, [logProb]: tf.Tensor[]) =>
    tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(logProb as tf.Tensor)));
  return { value, gradFunc };
});

/** Shapes   logits [..., V] → [..., V], nats */
export function logSoftmax(logits: tf.Tensor): tf.Tensor {
  return isTracing() ? fusedLogSoftmax(logits) : tf.logSoftmax(logits);
}

const oneHot = (ids: tf.Tensor, { shape }: tf.Tensor) =>
  tf.oneHot(tf.cast(ids, "int32") as tf.Tensor1D, shape[1] as number);

/** The gradient in the logits is (softmax − one-hot) · dy; the one is taken off where it is. */
function fusedNll(logits: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return tf.customGrad((input: unknown, save: unknown) => {
    const logProb = runFused("FusedLogSoftmax", { logits: input as tf.Tensor })[0] as tf.Tensor;
    const picked = runFused("FusedPick", { x: logProb, ids })[0] as tf.Tensor;
    (save as tf.GradSaveFunc)([logProb, picked, ids]);
    const gradFunc = (dy: tf.Tensor, [savedLog, savedOwn, at]: tf.Tensor[]) => {
      const [all, own] = [tf.exp(savedLog as tf.Tensor), tf.exp(savedOwn as tf.Tensor)];
      const rows = tf.tensor1d(
        Array.from({ length: own.size }, (_, i) => i),
        "int32",
      );
      const slope = tf.tensorScatterUpdate(all, tf.stack([rows, at as tf.Tensor], 1), tf.sub(own, 1));
      return tf.mul(slope, tf.expandDims(dy, 1));
    };
    return { value: tf.neg(picked), gradFunc };
  })(logits);
}

function naiveNll(logits: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), oneHot(ids, logits)), -1));
}

/**
 * −log softmax(logits)[n, ids[n]].
 *
 * Shapes   logits [N, V] · ids [N] int32 → [N], nats
 */
export function nll(logits: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return isTracing() ? fusedNll(logits, ids) : naiveNll(logits, ids);
}
