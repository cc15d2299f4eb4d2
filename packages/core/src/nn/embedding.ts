/**
 * @file Rows of a matrix by id, with their gradients.
 *
 * Ids are saved for the gradient, not closed over: a tensor made inside a forward pass is gone when the backward pass
 * runs, unless it was saved. On tfjs's `cpu` backend a reshaped tensor hides that, because it shares its values.
 */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing } from "../engine/traced.js";

/** The gradient sums rows that were taken more than once. Shapes   matrix [V, D] · ids [N] int32 → [N, D] */
export function rowsOf(matrix: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const rows = matrix.shape[0] as number;
  return taken(matrix, ids, (dy, at) => tf.unsortedSegmentSum(dy, at as tf.Tensor1D, rows));
}

/** `rowsOf` where no id occurs twice: each row's gradient has one term, and is put in its place. */
export function distinctRowsOf(matrix: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  if (!isTracing()) return rowsOf(matrix, ids);
  return taken(matrix, ids, (dy, at) => tf.tensorScatterUpdate(tf.zeros(matrix.shape), tf.expandDims(at, 1), dy));
}

/**
 * Rows put in their places in a matrix of zeros: the transpose of `distinctRowsOf`.
 *
 * Shapes   rows [N, D] · at [N] int32, none twice → [total, D]
 */
export function placedAt(rows: tf.Tensor, at: tf.Tensor, total: number): tf.Tensor {
  const placed = (x: tf.Tensor, to: tf.Tensor) =>
    isTracing()
      ? tf.tensorScatterUpdate(tf.zeros([total, x.shape[1] as number]), tf.expandDims(to, 1), x)
      : tf.unsortedSegmentSum(x, to as tf.Tensor1D, total);
  return tf.customGrad((values: unknown, save: unknown) => {
    (save as tf.GradSaveFunc)([at]);
    const gradFunc = (dy: tf.Tensor, [from]: tf.Tensor[]) => tf.gather(dy, from as tf.Tensor1D);
    return { value: placed(values as tf.Tensor, at), gradFunc };
  })(rows);
}

function taken(matrix: tf.Tensor, ids: tf.Tensor, putBack: (dy: tf.Tensor, at: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.customGrad((values: unknown, save: unknown) => {
    (save as tf.GradSaveFunc)([ids]);
    const gradFunc = (dy: tf.Tensor, [at]: tf.Tensor[]) => putBack(dy, at as tf.Tensor);
    return { value: tf.gather(values as tf.Tensor, ids as tf.Tensor1D), gradFunc };
  })(matrix);
}
