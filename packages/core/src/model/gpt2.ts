/**
 * @file The GPT-2 architecture, for the judge.
 *
 * Parameter names and layouts as on the hub, without `transformer.`: Conv1D weights are [in, out], the output layer is
 * the embedding (tied), positions are learned, attention looks backwards only.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { attention, causalBias } from "../nn/attention.js";
import { rowsOf } from "../nn/embedding.js";
import { gelu } from "../nn/gelu.js";
import { layerNorm } from "../nn/layerNorm.js";
import type { Parameters } from "../nn/params.js";

export interface Gpt2Config {
  readonly vocabSize: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Longest text it can read, in tokens. */
  readonly length: number;
}

export function gpt2Parameters(config: Gpt2Config): Parameters {
  const { width: D, blocks } = config;
  const matrix = (fanIn: number, out: number, scale = 1) => ({
    shape: [fanIn, out],
    initial: { std: scale / Math.sqrt(fanIn) },
  });
  const vector = (size: number, fill = 0) => ({ shape: [size], initial: { fill } });
  const residual = 1 / Math.sqrt(2 * blocks);
  const block = {
    "ln_1.weight": vector(D, 1),
    "ln_1.bias": vector(D),
    "attn.c_attn.weight": matrix(D, 3 * D),
    "attn.c_attn.bias": vector(3 * D),
    "attn.c_proj.weight": matrix(D, D, residual),
    "attn.c_proj.bias": vector(D),
    "ln_2.weight": vector(D, 1),
    "ln_2.bias": vector(D),
    "mlp.c_fc.weight": matrix(D, 4 * D),
    "mlp.c_fc.bias": vector(4 * D),
    "mlp.c_proj.weight": matrix(4 * D, D, residual),
    "mlp.c_proj.bias": vector(D),
  };
  const named = Array.from({ length: blocks }, (_, i) =>
    Object.entries(block).map(([name, parameter]) => [`h.${i}.${name}`, parameter] as const),
  ).flat();
  return {
    "wte.weight": { shape: [config.vocabSize, D], initial: { std: 0.02 } },
    "wpe.weight": { shape: [config.length, D], initial: { std: 0.01 } },
    ...Object.fromEntries(named),
    "ln_f.weight": vector(D, 1),
    "ln_f.bias": vector(D),
  };
}

/**
 * The normalised residual stream after all blocks.
 *
 * Shapes   ids [B, L] int32, L at most `config.length` → [B·L, D]
 */
export function gpt2Trunk(
  params: TensorsByName,
  config: Gpt2Config,
  ids: tf.Tensor,
  observe?: (block: number, h: tf.Tensor) => void,
): tf.Tensor {
  const [batch, length] = ids.shape as [number, number];
  const p = (name: string) => params[name] as tf.Tensor;
  const affine = (x: tf.Tensor, name: string) => tf.add(tf.matMul(x, p(`${name}.weight`)), p(`${name}.bias`));
  const norm = (x: tf.Tensor, name: string) => layerNorm(x, p(`${name}.weight`), p(`${name}.bias`));
  const shape = { batch, length, heads: config.heads };
  const bias = causalBias(length);
  const tokens = tf.reshape(rowsOf(p("wte.weight"), tf.reshape(ids, [batch * length])), [batch, length, config.width]);
  const placed = tf.add(tokens, tf.slice(p("wpe.weight"), [0, 0], [length, config.width]));
  let h: tf.Tensor = tf.reshape(placed, [batch * length, config.width]);
  observe?.(-1, h);
  for (let i = 0; i < config.blocks; i++) {
    const mixed = attention(affine(norm(h, `h.${i}.ln_1`), `h.${i}.attn.c_attn`), shape, { bias });
    h = tf.add(h, affine(mixed, `h.${i}.attn.c_proj`));
    h = tf.add(h, affine(gelu(affine(norm(h, `h.${i}.ln_2`), `h.${i}.mlp.c_fc`)), `h.${i}.mlp.c_proj`));
    observe?.(i, h);
  }
  return norm(h, "ln_f");
}

/** Next-token logits of the rows given. Shapes   h [N, D] → [N, V] */
export function gpt2Head(params: TensorsByName, h: tf.Tensor): tf.Tensor {
  return tf.matMul(h, params["wte.weight"] as tf.Tensor, false, true);
}
