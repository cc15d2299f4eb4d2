/** @file GELU in its tanh form, as GPT-2 and DiT use it. */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { isTracing, runFused } from "../engine/traced.js";
import { blockwise } from "./blockwise.js";

const c = Math.sqrt(2 / Math.PI);
const a = 0.044715;

function naive(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(c, tf.add(x, tf.mul(a, tf.mul(x, tf.square(x)))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

/** v = 2c(x + a·x³), with which gelu = x · sigmoid(v), because 0.5 (1 + tanh(v/2)) = sigmoid(v). */
const sharpness = (x: tf.Tensor) => tf.mul(x, tf.add(tf.mul(tf.square(x), 2 * c * a), 2 * c));

/** With s = sigmoid(v): gelu' = s · (1 + (1 − s)(3v − 4c·x)). Computed from x again: that costs less than keeping s. */
function gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const slope = (named: TensorsByName) => {
    const at = named.x as tf.Tensor;
    const v = sharpness(at);
    const s = tf.sigmoid(v);
    const bend = tf.mul(tf.sub(1, s), tf.sub(tf.mul(v, 3), tf.mul(at, 4 * c)));
    return { dx: tf.mul(named.dy as tf.Tensor, tf.mul(s, tf.add(bend, 1))) };
  };
  return blockwise(slope, { x, dy }).dx as tf.Tensor;
}

const fused = tf.customGrad((input: unknown, save: unknown) => {
  (save as tf.GradSaveFunc)([input as tf.Tensor]);
  const gradFunc = (dy: tf.Tensor, [x]: tf.Tensor[]) => gradient(dy, x as tf.Tensor);
  return { value: runFused("FusedGelu", { x: input as tf.Tensor })[0] as tf.Tensor, gradFunc };
});

export function gelu(x: tf.Tensor): tf.Tensor {
  return isTracing() ? fused(x) : naive(x);
}
