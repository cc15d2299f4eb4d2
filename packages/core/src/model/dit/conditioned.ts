/**
 * @file The denoiser with a σ of its own for each sequence: nothing folds.
 *
 * Neither SDTT nor MDLM trains or samples this way (time_conditioning is off); it is here to be held against the
 * published network at σ > 0.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { attention } from "../../nn/attention.js";
import { gelu } from "../../nn/gelu.js";
import { layerNorm } from "../../nn/layerNorm.js";
import { linear } from "../../nn/linear.js";
import type { DitConfig } from "./config.js";
import { modulation, parameter } from "./fold.js";
import { dropoutOf, embedded, lookOf, type TrunkOptions } from "./trunk.js";

/** One row a sequence, repeated for each of its positions. Shapes   m [B, D] → [B·times, D] */
function spread(m: tf.Tensor, times: number): tf.Tensor {
  const [rows, width] = m.shape as [number, number];
  return tf.reshape(tf.tile(tf.expandDims(m, 1), [1, times, 1]), [rows * times, width]);
}

function modulatedNorm(x: tf.Tensor, weight: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  const times = (x.shape[0] as number) / (shift.shape[0] as number);
  return tf.add(tf.mul(layerNorm(x, weight), spread(tf.add(scale, 1), times)), spread(shift, times));
}

/** Shapes   ids [B, L] int32 · c [B, C] → [B·L, D] */
export function conditionedTrunk(
  params: TensorsByName,
  config: DitConfig,
  ids: tf.Tensor,
  c: tf.Tensor,
  options: TrunkOptions = {},
): tf.Tensor {
  const [batch, length] = ids.shape as [number, number];
  const look = lookOf(config, [batch, length], options.look);
  const drop = dropoutOf(config, options.kept);
  let h = embedded(parameter(params, "vocab_embed.embedding"), ids, options.told);
  options.observe?.(-1, h);
  for (let i = 0; i < config.blocks; i++) {
    const p = (name: string) => parameter(params, `blocks.${i}.${name}`);
    const m = modulation(params, `blocks.${i}`, c, 6);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = m as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const qkv = linear(modulatedNorm(h, p("norm1.weight"), shift1, scale1), p("attn_qkv.weight"));
    const mixed = linear(attention(qkv, look.shape, look.options), p("attn_out.weight"));
    h = tf.add(h, tf.mul(spread(gate1, length), drop(mixed, 2 * i)));
    const up = linear(modulatedNorm(h, p("norm2.weight"), shift2, scale2), p("mlp.0.weight"), p("mlp.0.bias"));
    const down = linear(gelu(up), p("mlp.2.weight"), p("mlp.2.bias"));
    h = tf.add(h, tf.mul(spread(gate2, length), drop(down, 2 * i + 1)));
    options.observe?.(i, h);
  }
  return h;
}

/** Shapes   h [N, D], rows of sequence b together · c [B, C] → [N, V] */
export function conditionedHead(params: TensorsByName, h: tf.Tensor, c: tf.Tensor): tf.Tensor {
  const p = (name: string) => parameter(params, `output_layer.${name}`);
  const [shift, scale] = modulation(params, "output_layer", c, 2) as [tf.Tensor, tf.Tensor];
  return linear(modulatedNorm(h, p("norm_final.weight"), shift, scale), p("linear.weight"), p("linear.bias"));
}
