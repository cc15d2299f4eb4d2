/** @file Logits at chosen positions, whatever the architecture; trunk and head also apart. */

import type * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { distinctRowsOf } from "../nn/embedding.js";
import { architectureOf } from "./architecture.js";
import { type DitOptions, ditHead, ditTrunk } from "./dit/dit.js";
import { gpt2Head, gpt2Trunk } from "./gpt2.js";
import type { ModelConfig } from "./presets.js";

/**
 * What the vocabulary head reads.
 *
 * Shapes   ids [B, L] int32 · positions [N] int32, indices into B·L, none twice → [N, D]
 */
export function hiddenAt(
  params: TensorsByName,
  config: ModelConfig,
  ids: tf.Tensor,
  positions: tf.Tensor,
  options: DitOptions = {},
): tf.Tensor {
  if (config.kind === "dit") return ditTrunk(params, config, ids, { ...options, at: positions });
  const all =
    config.kind === "gpt2" ? gpt2Trunk(params, config, ids) : architectureOf(config).hidden(params, config, ids);
  return distinctRowsOf(all, positions);
}

/** The vocabulary head on rows of `hiddenAt`. Shapes   h [N, D] → [N, V] */
export function logitsOf(params: TensorsByName, config: ModelConfig, h: tf.Tensor, options: DitOptions = {}) {
  if (config.kind === "own") return architectureOf(config).logits(params, config, h);
  return config.kind === "dit" ? ditHead(params, h, options.conditioning) : gpt2Head(params, h);
}

/** Shapes   ids [B, L] int32 · positions [N] int32, indices into B·L → [N, V] */
export function logitsAt(
  params: TensorsByName,
  config: ModelConfig,
  ids: tf.Tensor,
  positions: tf.Tensor,
  options: DitOptions = {},
): tf.Tensor {
  return logitsOf(params, config, hiddenAt(params, config, ids, positions, options), options);
}
