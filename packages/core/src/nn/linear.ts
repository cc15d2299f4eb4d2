/** @file y = x · Wᵀ + b, with W stored as [out, in] like `nn.Linear`. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing, runFused } from "../engine/traced.js";
import { columnSums } from "./columnSums.js";

/** The product starts from the bias instead of adding it in a pass of its own. */
function fused(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [input, matrix, offset, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([input, matrix]);
    const gradFunc = (dy: tf.Tensor, [sx, sweight]: tf.Tensor[]) => [
      tf.matMul(dy, sweight as tf.Tensor),
      tf.matMul(dy, sx as tf.Tensor, true, false),
      columnSums(dy),
    ];
    return { value: runFused("FusedLinear", { x: input, weight: matrix, bias: offset })[0] as tf.Tensor, gradFunc };
  })(x, weight, bias);
}

/** Shapes   x [N, in] · weight [out, in] · bias [out] → [N, out] */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  if (!bias) return tf.matMul(x, weight, false, true);
  return isTracing() ? fused(x, weight, bias) : tf.add(tf.matMul(x, weight, false, true), bias);
}
