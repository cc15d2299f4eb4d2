/** @file Softmax attention over all positions, or over earlier ones only. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing } from "./fused.js";
import { type RotaryTable, rotary } from "./rotary.js";

/** 0 where a position may look, −1e9 where it may not: [L, L]. */
export function causalBias(length: number): tf.Tensor2D {
  const bias = new Float32Array(length * length);
  for (let query = 0; query < length; query++) bias.fill(-1e9, query * length + query + 1, (query + 1) * length);
  return tf.tensor2d(bias, [length, length]);
}

/** The rows of each head together. Shapes   x [B·L, H·K] → [B, H, L, K] */
export function headsOf(x: tf.Tensor, batch: number, heads: number): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  return tf.transpose(tf.reshape(x, [batch, rows / batch, heads, width / heads]), [0, 2, 1, 3]);
}

/**
 * softmax(scores) · values. A row's Σ dp ∘ p, which softmax's gradient takes off, is its Σ dy ∘ y: K products in place of L.
 *
 * Shapes   scores [B, H, L, L] · values [B, H, L, K] → [B, H, L, K]
 * Source   arXiv 2205.14135 appendix B.2
 */
function mixed(scores: tf.Tensor, values: tf.Tensor): tf.Tensor {
  if (!isTracing()) return tf.matMul(tf.softmax(scores), values);
  return tf.customGrad((...args: unknown[]) => {
    const [s, v, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const weights = tf.softmax(s);
    const y = tf.matMul(weights, v);
    save([weights, v, y]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [p, sv, sy] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const dp = tf.matMul(dy, sv, false, true);
      return [tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dy, sy), -1, true))), tf.matMul(p, dy, true, false)];
    };
    return { value: y, gradFunc };
  })(scores, values);
}

/**
 * softmax(q·kᵀ / √K + bias) · v for each head, from the fused projection.
 *
 * Shapes   qkv [B·L, 3·D], ordered (q | k | v), each (head, K) → [B·L, D]
 */
export function attention(
  qkv: tf.Tensor,
  shape: { readonly batch: number; readonly length: number; readonly heads: number },
  options: { readonly rotation?: RotaryTable; readonly bias?: tf.Tensor } = {},
): tf.Tensor {
  const { batch, length, heads } = shape;
  const width = (qkv.shape[1] as number) / 3;
  const [q, k, v] = tf.split(qkv, 3, 1).map((x) => headsOf(x, batch, heads)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const turn = (x: tf.Tensor) => (options.rotation ? rotary(x, options.rotation) : x);
  const scores = tf.mul(tf.matMul(turn(q), turn(k), false, true), 1 / Math.sqrt(width / heads));
  const seen = options.bias ? tf.add(scores, options.bias) : scores;
  return tf.reshape(tf.transpose(mixed(seen, v), [0, 2, 1, 3]), [batch * length, width]);
}
