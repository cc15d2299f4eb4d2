/** @file Softmax attention over all positions, or over earlier ones only. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing } from "../engine/traced.js";
import { type RotaryTable, rotary } from "./rotary.js";

/** 0 where a position may look, −1e9 where it may not: [L, L]. */
export function causalBias(length: number): tf.Tensor2D {
  const bias = new Float32Array(length * length);
  for (let query = 0; query < length; query++) bias.fill(-1e9, query * length + query + 1, (query + 1) * length);
  return tf.tensor2d(bias, [length, length]);
}

/** Queries, keys and values of each head. Shapes   [B, H, L, K] each */
export interface Heads {
  readonly q: tf.Tensor;
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

/** Cuts the fused projection, and turns queries and keys. Shapes   qkv [B·L, 3·D], ordered (q | k | v), each (head, K) */
export function headsOf(qkv: tf.Tensor, batch: number, heads: number, rotation?: RotaryTable): Heads {
  const [rows, triple] = qkv.shape as [number, number];
  const byHead = [batch, rows / batch, heads, triple / 3 / heads];
  const [q, k, v] = tf.split(qkv, 3, 1).map((x) => tf.transpose(tf.reshape(x, byHead), [0, 2, 1, 3])) as Three;
  return rotation ? { q: rotary(q, rotation), k: rotary(k, rotation), v } : { q, k, v };
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];

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
  const { q, k, v } = headsOf(qkv, batch, heads, options.rotation);
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
  const seen = options.bias ? tf.add(scores, options.bias) : scores;
  return tf.reshape(tf.transpose(mixed(seen, v), [0, 2, 1, 3]), [batch * length, width]);
}
