/** @file Rows of a matrix by id, with their gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing } from "./fused.js";

/** The gradient sums rows that were taken more than once. Shapes   matrix [V, D] · ids [N] int32 → [N, D] */
export function rowsOf(matrix: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  return tf.customGrad((values: unknown) => ({
    value: tf.gather(values as tf.Tensor, ids as tf.Tensor1D),
    gradFunc: (dy: tf.Tensor) => tf.unsortedSegmentSum(dy, ids as tf.Tensor1D, matrix.shape[0] as number),
  }))(matrix);
}

/** `rowsOf` where no id occurs twice: each row's gradient has one term, and is put in its place. */
export function distinctRowsOf(matrix: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  if (!isTracing()) return rowsOf(matrix, ids);
  return tf.customGrad((values: unknown) => ({
    value: tf.gather(values as tf.Tensor, ids as tf.Tensor1D),
    gradFunc: (dy: tf.Tensor) => tf.tensorScatterUpdate(tf.zeros(matrix.shape), tf.expandDims(ids, 1), dy),
  }))(matrix);
}
