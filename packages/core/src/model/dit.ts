/**
 * @file The denoiser: a transformer trunk with adaLN conditioning, and its vocabulary head.
 *
 * As published (kuleshov-group/mdlm c112c52, models/dit.py): rotary attention, LayerNorm without bias, tanh-GELU,
 * untied head. The time embedding always receives σ = 0 (SDTT and MDLM with time_conditioning off), so one constant
 * vector conditions everything; then scale, shift and gate fold into the weights next to them (`foldable`).
 * Trunk and head are apart because the head is only worth its cost at positions that need it.
 */
import * as tf from "@tensorflow/tfjs-core";
import { attention, causalBias } from "./layers/attention.js";
import { rowsOf } from "./layers/embedding.js";
import { gelu } from "./layers/gelu.js";
import { layerNorm } from "./layers/layerNorm.js";
import { linear } from "./layers/linear.js";
import { type RotaryTable, rotaryTable } from "./layers/rotary.js";
import type { Parameters } from "./params.js";

export interface DitConfig {
  /** V, the mask token included. */
  readonly vocabSize: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly length: number;
  readonly conditioning: number;
  /** Rate of the two residual dropouts of each block, in training only. */
  readonly dropout: number;
  /** True for the AR baseline: the same trunk, each position looking at earlier ones only. */
  readonly causal: boolean;
}

export type TensorsByName = Readonly<Record<string, tf.Tensor>>;

const frequencies = 256;

/** Every parameter of `config`, in the published order, with the shapes of the published safetensors. */
export function ditParameters(config: DitConfig): Parameters {
  const { vocabSize: V, width: D, conditioning: C, blocks } = config;
  const matrix = (out: number, fanIn: number, scale = 1) => ({
    shape: [out, fanIn],
    initial: { std: scale / Math.sqrt(fanIn) },
  });
  const vector = (size: number, fill: number) => ({ shape: [size], initial: { fill } });
  const residual = 1 / Math.sqrt(2 * blocks);
  // adaLN starts as the identity: shift 0, scale 0, gate 1.
  const gates = Float32Array.from({ length: 6 * D }, (_, i) => (Math.floor(i / D) % 3 === 2 ? 1 : 0));
  const block = {
    "norm1.weight": vector(D, 1),
    "attn_qkv.weight": matrix(3 * D, D),
    "attn_out.weight": matrix(D, D, residual),
    "norm2.weight": vector(D, 1),
    "mlp.0.weight": matrix(4 * D, D),
    "mlp.0.bias": vector(4 * D, 0),
    "mlp.2.weight": matrix(D, 4 * D, residual),
    "mlp.2.bias": vector(D, 0),
    "adaLN_modulation.weight": { shape: [6 * D, C], initial: { fill: 0 } },
    "adaLN_modulation.bias": { shape: [6 * D], initial: { values: gates } },
  };
  const named = Array.from({ length: blocks }, (_, i) =>
    Object.entries(block).map(([name, parameter]) => [`blocks.${i}.${name}`, parameter] as const),
  ).flat();
  return {
    "vocab_embed.embedding": { shape: [V, D], initial: { std: 0.3 } },
    "sigma_map.mlp.0.weight": { shape: [C, frequencies], initial: { std: 0.02 } },
    "sigma_map.mlp.0.bias": vector(C, 0),
    "sigma_map.mlp.2.weight": { shape: [C, C], initial: { std: 0.02 } },
    "sigma_map.mlp.2.bias": vector(C, 0),
    ...Object.fromEntries(named),
    "output_layer.norm_final.weight": vector(D, 1),
    "output_layer.linear.weight": { shape: [V, D], initial: { std: 0.02 } },
    "output_layer.linear.bias": vector(V, 0),
    "output_layer.adaLN_modulation.weight": { shape: [2 * D, C], initial: { fill: 0 } },
    "output_layer.adaLN_modulation.bias": vector(2 * D, 0),
  };
}

/**
 * c = silu(sigma_map(σ)): the conditioning vector, one row a σ.
 *
 * Shapes   sigma [S], or nothing for the constant σ = 0 → [S, C]
 */
export function conditioning(params: TensorsByName, sigma: tf.Tensor1D = tf.zeros([1])): tf.Tensor {
  const half = frequencies / 2;
  const rates = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / half));
  const angles = tf.mul(tf.expandDims(sigma, 1), tf.tensor2d(rates, [1, half]));
  const features = tf.concat([tf.cos(angles), tf.sin(angles)], 1);
  const hidden = silu(linear(features, at(params, "sigma_map.mlp.0.weight"), at(params, "sigma_map.mlp.0.bias")));
  return silu(linear(hidden, at(params, "sigma_map.mlp.2.weight"), at(params, "sigma_map.mlp.2.bias")));
}

const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));

function at(params: TensorsByName, name: string): tf.Tensor {
  const found = params[name];
  if (!found) throw new Error(`parameter "${name}" is missing`);
  return found;
}

/** Norm, then (1 + scale)·x + shift. One σ for all rows folds into the norm's gain and bias. */
function modulatedNorm(x: tf.Tensor, weight: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  const gain = tf.add(scale, 1);
  if (shift.shape[0] === 1) return layerNorm(x, tf.mul(weight, tf.squeeze(gain, [0])), tf.squeeze(shift, [0]));
  const rowsEach = (x.shape[0] as number) / (shift.shape[0] as number);
  const spread = (m: tf.Tensor) => repeatRows(m, rowsEach);
  return tf.add(tf.mul(layerNorm(x, weight), spread(gain)), spread(shift));
}

function repeatRows(m: tf.Tensor, times: number): tf.Tensor {
  const [rows, width] = m.shape as [number, number];
  return tf.reshape(tf.tile(tf.expandDims(m, 1), [1, times, 1]), [rows * times, width]);
}

/** gate · (x·Wᵀ + b). One σ for all rows folds the gate into W and b. */
function gatedLinear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | undefined, gate: tf.Tensor): tf.Tensor {
  if (gate.shape[0] !== 1) {
    return tf.mul(linear(x, weight, bias), repeatRows(gate, (x.shape[0] as number) / (gate.shape[0] as number)));
  }
  const gates = tf.squeeze(gate, [0]);
  return linear(x, tf.mul(weight, tf.expandDims(gates, 1)), bias && tf.mul(bias, gates));
}

export interface TrunkOptions {
  /** silu(sigma_map(σ)) [S, C] with S = 1 or B; left out: σ = 0. */
  readonly conditioning?: tf.Tensor;
  /** Which activations dropout keeps, [2·blocks, B·L, D] bool; left out: no dropout. */
  readonly kept?: tf.Tensor;
  /** Called with the residual stream [B·L, D] after the embedding (−1) and after each block. */
  readonly observe?: (block: number, h: tf.Tensor) => void;
}

/**
 * The residual stream after all blocks.
 *
 * Shapes   ids [B, L] int32 → [B·L, D]
 */
export function ditTrunk(
  params: TensorsByName,
  config: DitConfig,
  ids: tf.Tensor,
  options: TrunkOptions = {},
): tf.Tensor {
  const [batch, length] = ids.shape as [number, number];
  const c = options.conditioning ?? conditioning(params);
  const context = {
    shape: { batch, length, heads: config.heads },
    look: {
      rotation: rotaryTable(length, config.width / config.heads) as RotaryTable,
      ...(config.causal && { bias: causalBias(length) }),
    },
  };
  const kept = options.kept && tf.unstack(options.kept);
  const drop = (x: tf.Tensor, site: number) => (kept ? dropped(x, kept[site] as tf.Tensor, config.dropout) : x);
  let h = rowsOf(at(params, "vocab_embed.embedding"), tf.reshape(ids, [batch * length]));
  options.observe?.(-1, h);
  for (let i = 0; i < config.blocks; i++) {
    const p = (name: string) => at(params, `blocks.${i}.${name}`);
    const modulation = linear(c, p("adaLN_modulation.weight"), p("adaLN_modulation.bias"));
    const [shift1, scale1, gate1, shift2, scale2, gate2] = tf.split(modulation, 6, 1) as tf.Tensor[] as Six;
    const qkv = linear(modulatedNorm(h, p("norm1.weight"), shift1, scale1), p("attn_qkv.weight"));
    const mixed = attention(qkv, context.shape, context.look);
    h = tf.add(h, drop(gatedLinear(mixed, p("attn_out.weight"), undefined, gate1), 2 * i));
    const up = linear(modulatedNorm(h, p("norm2.weight"), shift2, scale2), p("mlp.0.weight"), p("mlp.0.bias"));
    h = tf.add(h, drop(gatedLinear(gelu(up), p("mlp.2.weight"), p("mlp.2.bias"), gate2), 2 * i + 1));
    options.observe?.(i, h);
  }
  return h;
}

type Six = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

function dropped(x: tf.Tensor, kept: tf.Tensor, rate: number): tf.Tensor {
  return tf.mul(x, tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate)));
}

/**
 * Vocabulary logits of the rows given.
 *
 * Shapes   h [N, D] → [N, V]; with S conditioning rows, N is a multiple of S and rows come in that order
 */
export function ditHead(params: TensorsByName, h: tf.Tensor, c: tf.Tensor = conditioning(params)): tf.Tensor {
  const p = (name: string) => at(params, `output_layer.${name}`);
  const modulation = linear(c, p("adaLN_modulation.weight"), p("adaLN_modulation.bias"));
  const [shift, scale] = tf.split(modulation, 2, 1) as [tf.Tensor, tf.Tensor];
  return linear(modulatedNorm(h, p("norm_final.weight"), shift, scale), p("linear.weight"), p("linear.bias"));
}

/** Logits at `positions` (indices into B·L) of `ids` [B, L]: [N, V]. */
export function ditLogits(
  params: TensorsByName,
  config: DitConfig,
  ids: tf.Tensor,
  positions: tf.Tensor,
  options: TrunkOptions = {},
): tf.Tensor {
  return ditHead(params, rowsOf(ditTrunk(params, config, ids, options), positions), options.conditioning);
}
