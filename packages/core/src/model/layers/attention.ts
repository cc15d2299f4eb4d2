/** @file Softmax attention over all positions, or over earlier ones only. */
import * as tf from "@tensorflow/tfjs-core";
import { type RotaryTable, rotary } from "./rotary.js";

/** 0 where a position may look, −1e9 where it may not: [L, L]. */
export function causalBias(length: number): tf.Tensor2D {
  const bias = new Float32Array(length * length);
  for (let query = 0; query < length; query++) bias.fill(-1e9, query * length + query + 1, (query + 1) * length);
  return tf.tensor2d(bias, [length, length]);
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
  const headSize = width / heads;
  const split = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, headSize]), [2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(split) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const turn = (x: tf.Tensor) => (options.rotation ? rotary(x, options.rotation) : x);
  const scores = tf.mul(tf.matMul(turn(q), turn(k), false, true), 1 / Math.sqrt(headSize));
  const weights = tf.softmax(options.bias ? tf.add(scores, options.bias) : scores);
  const mixed = tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]);
  return tf.reshape(mixed, [batch * length, width]);
}
