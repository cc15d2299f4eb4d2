/** @file Rotary position embedding on halves of the head, base 10000. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing, runFused } from "../engine/traced.js";

export interface RotaryTable {
  readonly cos: tf.Tensor2D;
  readonly sin: tf.Tensor2D;
}

/** cos and sin of position · 10000^(−2i/K), each [L, K/2]. */
export function rotaryTable(length: number, headSize: number): RotaryTable {
  const half = headSize / 2;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * Math.fround(1 / 10000 ** ((2 * i) / headSize));
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos: tf.tensor2d(cos, [length, half]), sin: tf.tensor2d(sin, [length, half]) };
}

function naive(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const [x0, x1] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  const rotated0 = tf.sub(tf.mul(x0, cos), tf.mul(x1, sin));
  const rotated1 = tf.add(tf.mul(x0, sin), tf.mul(x1, cos));
  return tf.concat([rotated0, rotated1], -1);
}

/** The gradient of a rotation is the rotation by the opposite angle. */
function fused(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const rotate = (value: tf.Tensor, c: tf.Tensor, s: tf.Tensor) =>
    runFused("FusedRotary", { x: value, cos: c, sin: s })[0] as tf.Tensor;
  return tf.customGrad((value: unknown, save: unknown) => {
    (save as tf.GradSaveFunc)([cos, sin]);
    const gradFunc = (dy: tf.Tensor, [c, s]: tf.Tensor[]) => rotate(dy, c as tf.Tensor, tf.neg(s as tf.Tensor));
    return { value: rotate(value as tf.Tensor, cos, sin), gradFunc };
  })(x);
}

/** Shapes   x [B, H, L, K] · cos, sin [L, K/2] → [B, H, L, K] */
export function rotary(x: tf.Tensor, { cos, sin }: RotaryTable): tf.Tensor {
  return isTracing() ? fused(x, cos, sin) : naive(x, cos, sin);
}
