/** @file Rows of a matrix by id; the gradient sums rows that were taken more than once. */
import * as tf from "@tensorflow/tfjs-core";

/** Shapes   matrix [V, D] · ids [N] int32 → [N, D] */
export function rowsOf(matrix: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return tf.customGrad((values: unknown) => ({
    value: tf.gather(values as tf.Tensor, ids as tf.Tensor1D),
    gradFunc: (dy: tf.Tensor) => tf.unsortedSegmentSum(dy, ids as tf.Tensor1D, matrix.shape[0] as number),
  }))(matrix);
}
