/**
 * @file A loss of each row of logits, with its gradient: block by block, so that nothing but the logits and their
 * gradient is ever there for all rows, and what both need is computed once.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { blocks } from "../engine/traced.js";
import { blockwise } from "./blockwise.js";

/** Shapes   logits [n, V] · rows: [n, …] each → [n] */
export type RowLoss = (logits: tf.Tensor, rows: TensorsByName) => tf.Tensor;

/** f and d f / d x · dy inside the forward pass of a gradient, whose tape tfjs would else go on with and then forget. */
function innerGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, dy: tf.Tensor) {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { gradientDepth: 0, kernelDepth: 0 });
  try {
    return tf.valueAndGrad(f)(x, dy);
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/**
 * Σ weight · loss over all rows; differentiable in the logits only. The gradient is computed with the value, as it
 * needs the same exponentials; a program that does not ask for it leaves it out.
 *
 * Shapes   logits [N, V] · weights [N] · rows: [N, …] each → scalar
 */
export function weightedRowLoss(loss: RowLoss, logits: tf.Tensor, weights: tf.Tensor, rows: TensorsByName): tf.Scalar {
  const summed = (each: tf.Tensor) => tf.sum(tf.mul(each, weights)) as tf.Scalar;
  if (!blocks()) return summed(loss(logits, rows));
  const block = ({ logits: x, weights: dy, ...own }: TensorsByName) => {
    const { value, grad } = innerGradient((at) => loss(at, own), x as tf.Tensor, dy as tf.Tensor);
    return { each: value, slope: grad };
  };
  return tf.customGrad((x: unknown, save: unknown) => {
    const { each, slope } = blockwise(block, { logits: x as tf.Tensor, weights, ...rows });
    (save as tf.GradSaveFunc)([slope as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(saved as tf.Tensor, dy);
    return { value: summed(each as tf.Tensor), gradFunc };
  })(logits) as tf.Scalar;
}
