/**
 * @file The denoiser: a transformer trunk with adaLN conditioning, and its vocabulary head.
 *
 * As published (kuleshov-group/mdlm c112c52, models/dit.py): rotary attention, LayerNorm without bias, tanh-GELU,
 * untied head. Trunk and head are apart because the head is only worth its cost at positions that need it.
 * The time embedding always receives σ = 0 (SDTT and MDLM with time_conditioning off), so one vector conditions
 * everything, and scale, shift and gate fold into the weights next to them (`fold.ts`).
 */

import type * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { distinctRowsOf } from "../../nn/embedding.js";
import type { Parameters } from "../../nn/params.js";
import { conditionedHead, conditionedTrunk } from "./conditioned.js";
import { type DitConfig, storedBlocks } from "./config.js";
import { conditioning, foldChanged, foldConditioning, foldHead, frequencies, keptByFolding } from "./fold.js";
import { toldParameters } from "./noise.js";
import { foldedHead, foldedTrunk, readAt, type TrunkOptions } from "./trunk.js";

export { conditioning, foldChanged, foldConditioning, foldedHead, foldedTrunk, keptByFolding };

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
  const named = Array.from({ length: storedBlocks(config) }, (_, i) =>
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
    ...toldParameters(config),
  };
}

export interface DitOptions extends TrunkOptions {
  /** silu(sigma_map(σ)) [S, C] with S = 1 or B; left out: σ = 0. */
  readonly conditioning?: tf.Tensor;
}

/**
 * The residual stream after all blocks, from unfolded parameters.
 *
 * Shapes   ids [B, L] int32 → [N, D], where N positions are asked for; else [B·L, D]
 */
export function ditTrunk(
  params: TensorsByName,
  config: DitConfig,
  ids: tf.Tensor,
  options: DitOptions = {},
): tf.Tensor {
  const c = options.conditioning ?? conditioning(params);
  if (c.shape[0] !== 1) {
    if (config.decoders) throw new Error("a network with copies of its last block is not conditioned on σ");
    const h = conditionedTrunk(params, config, ids, c, options);
    const at = readAt(config, ids, options.at);
    return at ? distinctRowsOf(h, at) : h;
  }
  return foldedTrunk(foldConditioning(params, storedBlocks(config), c), config, ids, options);
}

/**
 * Vocabulary logits of the rows given, from unfolded parameters.
 *
 * Shapes   h [N, D] → [N, V]; with S conditioning rows, N is a multiple of S and rows come in that order
 */
export function ditHead(params: TensorsByName, h: tf.Tensor, c: tf.Tensor = conditioning(params)): tf.Tensor {
  return c.shape[0] === 1 ? foldedHead(foldHead(params, c), h) : conditionedHead(params, h, c);
}
