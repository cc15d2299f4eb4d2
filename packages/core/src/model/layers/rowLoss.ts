/**
 * @file A loss of each row of logits, with its gradient: block by block, so that nothing but the logits and their
 * gradient is ever there for all rows.
 */
import * as tf from "@tensorflow/tfjs-core";
import { usesBlocks } from "../../engine/onnx/trace.js";
import { blockwise } from "./blockwise.js";

type Named = Readonly<Record<string, tf.Tensor>>;
/** Shapes   logits [n, V] · rows: [n, …] each → [n] */
export type RowLoss = (logits: tf.Tensor, rows: Named) => tf.Tensor;

/** d f / d x · dy while a gradient is being taken already: tfjs forgets the outer tape when the inner one ends. */
function innerGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const { state } = tf.engine();
  const outer = state.activeTape;
  try {
    return tf.grad(f)(x, dy);
  } finally {
    state.activeTape = outer;
  }
}

/**
 * `loss` of all rows; differentiable in the logits only. Backward computes the rows of a block again.
 *
 * Shapes   logits [N, V] · rows: [N, …] each → [N]
 */
export function rowLoss(loss: RowLoss, logits: tf.Tensor, rows: Named): tf.Tensor {
  if (!usesBlocks()) return loss(logits, rows);
  const value = ({ logits: x, ...own }: Named) => ({ y: loss(x as tf.Tensor, own) });
  const slope = ({ logits: x, dy, ...own }: Named) => ({
    dx: innerGradient((at) => loss(at, own), x as tf.Tensor, dy as tf.Tensor),
  });
  return tf.customGrad((input: unknown, save: unknown) => {
    const x = input as tf.Tensor;
    (save as tf.GradSaveFunc)([x]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
      blockwise(slope, { logits: saved as tf.Tensor, dy, ...rows }).dx as tf.Tensor;
    return { value: blockwise(value, { logits: x, ...rows }).y as tf.Tensor, gradFunc };
  })(logits);
}
