/** @file y = x · Wᵀ + b, with W stored as [out, in] like `nn.Linear`. */
import * as tf from "@tensorflow/tfjs-core";

/** Shapes   x [N, in] · weight [out, in] · bias [out] → [N, out] */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const y = tf.matMul(x, weight, false, true);
  return bias ? tf.add(y, bias) : y;
}
