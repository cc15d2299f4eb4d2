/** @file GELU in its tanh form, as GPT-2 and DiT use it. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing } from "./fused.js";

const c = Math.sqrt(2 / Math.PI);
const a = 0.044715;

function naive(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(c, tf.add(x, tf.mul(a, tf.mul(x, tf.square(x)))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

/**
 * With v = 2c(x + a·x³) and s = sigmoid(v): gelu = x·s, because 0.5 (1 + tanh(v/2)) = sigmoid(v), and
 * gelu' = s · (1 + (1 − s)(3v − 4c·x)).
 */
const fused = tf.customGrad((input: unknown, save: unknown) => {
  const x = input as tf.Tensor;
  const v = tf.mul(x, tf.add(tf.mul(tf.square(x), 2 * c * a), 2 * c));
  const s = tf.sigmoid(v);
  (save as tf.GradSaveFunc)([x, v, s]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [sx, sv, ss] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const slope = tf.mul(tf.sub(1, ss), tf.sub(tf.mul(sv, 3), tf.mul(sx, 4 * c)));
    return tf.mul(dy, tf.mul(ss, tf.add(slope, 1)));
  };
  return { value: tf.mul(x, s), gradFunc };
});

export function gelu(x: tf.Tensor): tf.Tensor {
  return isTracing() ? fused(x) : naive(x);
}
