/**
 * @file The conditioning vector, and folding it into the weights where it is the same for all sequences.
 *
 * With one σ, adaLN's shift and scale become the norm's gain and bias, and its gate scales the rows of the projection
 * before it: inference folds once a checkpoint, training once an update (D² work, not B·L·D).
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { linear } from "../../nn/linear.js";

/** Features of the time embedding: 128 cosines, then 128 sines. */
export const frequencies = 256;

const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));

export function parameter(params: TensorsByName, name: string): tf.Tensor {
  const found = params[name];
  if (!found) throw new Error(`parameter "${name}" is missing`);
  return found;
}

/**
 * c = silu(sigma_map(σ)): the conditioning vector, one row a σ.
 *
 * Shapes   sigma [S], or nothing for the constant σ = 0 → [S, C]
 */
export function conditioning(params: TensorsByName, sigma: tf.Tensor1D = tf.zeros([1])): tf.Tensor {
  const p = (name: string) => parameter(params, `sigma_map.mlp.${name}`);
  const half = frequencies / 2;
  const rates = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / half));
  const angles = tf.mul(tf.expandDims(sigma, 1), tf.tensor2d(rates, [1, half]));
  const features = tf.concat([tf.cos(angles), tf.sin(angles)], 1);
  const hidden = silu(linear(features, p("0.weight"), p("0.bias")));
  return silu(linear(hidden, p("2.weight"), p("2.bias")));
}

/** adaLN's vectors for the layer `prefix`. Shapes   c [S, C] → `count` tensors [S, D] */
export function modulation(params: TensorsByName, prefix: string, c: tf.Tensor, count: number): tf.Tensor[] {
  const weight = parameter(params, `${prefix}.adaLN_modulation.weight`);
  return tf.split(linear(c, weight, parameter(params, `${prefix}.adaLN_modulation.bias`)), count, 1);
}

/** A norm's weight with shift and scale folded in. */
function foldNorm(weight: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor) {
  return { gain: tf.mul(weight, tf.squeeze(tf.add(scale, 1), [0])), shift: tf.squeeze(shift, [0]) };
}

function foldBlock(params: TensorsByName, prefix: string, c: tf.Tensor): TensorsByName {
  const p = (name: string) => parameter(params, `${prefix}.${name}`);
  const [shift1, scale1, gate1, shift2, scale2, gate2] = modulation(params, prefix, c, 6) as Six;
  const norm1 = foldNorm(p("norm1.weight"), shift1, scale1);
  const norm2 = foldNorm(p("norm2.weight"), shift2, scale2);
  const gated = (weight: tf.Tensor, gate: tf.Tensor) => tf.mul(weight, tf.reshape(gate, [-1, 1]));
  return {
    "norm1.gain": norm1.gain,
    "norm1.shift": norm1.shift,
    out: gated(p("attn_out.weight"), gate1),
    "norm2.gain": norm2.gain,
    "norm2.shift": norm2.shift,
    down: gated(p("mlp.2.weight"), gate2),
    "down.bias": tf.mul(p("mlp.2.bias"), tf.squeeze(gate2, [0])),
  };
}

type Six = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** Folded names of what folding leaves as it is, with the parameters they are: they need not be copied. */
export function keptByFolding(blocks: number): Readonly<Record<string, string>> {
  const block = (i: number) => ({
    [`${i}.qkv`]: `blocks.${i}.attn_qkv.weight`,
    [`${i}.up`]: `blocks.${i}.mlp.0.weight`,
    [`${i}.up.bias`]: `blocks.${i}.mlp.0.bias`,
  });
  const ends = {
    embedding: "vocab_embed.embedding",
    head: "output_layer.linear.weight",
    "head.bias": "output_layer.linear.bias",
  };
  return Object.assign({ ...ends }, ...Array.from({ length: blocks }, (_, i) => block(i)));
}

/** What folding changes; reads none of the parameters that it keeps. */
export function foldChanged(
  params: TensorsByName,
  blocks: number,
  c: tf.Tensor = conditioning(params),
): Record<string, tf.Tensor> {
  const folded: Record<string, tf.Tensor> = {};
  for (let i = 0; i < blocks; i++) {
    for (const [name, value] of Object.entries(foldBlock(params, `blocks.${i}`, c))) folded[`${i}.${name}`] = value;
  }
  return { ...folded, ...foldHeadNorm(params, c) };
}

/** A denoiser's weights with the constant conditioning folded in, by name. */
export function foldConditioning(
  params: TensorsByName,
  blocks: number,
  c: tf.Tensor = conditioning(params),
): TensorsByName {
  const kept = Object.entries(keptByFolding(blocks)).map(([name, own]) => [name, parameter(params, own)] as const);
  return { ...Object.fromEntries(kept), ...foldChanged(params, blocks, c) };
}

function foldHeadNorm(params: TensorsByName, c: tf.Tensor): Record<string, tf.Tensor> {
  const [shift, scale] = modulation(params, "output_layer", c, 2) as [tf.Tensor, tf.Tensor];
  const norm = foldNorm(parameter(params, "output_layer.norm_final.weight"), shift, scale);
  return { "head.gain": norm.gain, "head.shift": norm.shift };
}

/** The part of `foldConditioning` that the vocabulary head needs. */
export function foldHead(params: TensorsByName, c: tf.Tensor): TensorsByName {
  const p = (name: string) => parameter(params, `output_layer.${name}`);
  return { ...foldHeadNorm(params, c), head: p("linear.weight"), "head.bias": p("linear.bias") };
}
