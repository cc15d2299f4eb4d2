/** @file Logits at chosen positions, whatever the architecture. */
import type * as tf from "@tensorflow/tfjs-core";
import { type DitOptions, ditLogits, type TensorsByName } from "./dit.js";
import { gpt2Head, gpt2Trunk } from "./gpt2.js";
import { rowsOf } from "./layers/embedding.js";
import type { ModelConfig } from "./presets.js";

/** Shapes   ids [B, L] int32 · positions [N] int32, indices into B·L → [N, V] */
export function logitsAt(
  params: TensorsByName,
  config: ModelConfig,
  ids: tf.Tensor,
  positions: tf.Tensor,
  options: DitOptions = {},
): tf.Tensor {
  if (config.kind === "dit") return ditLogits(params, config, ids, positions, options);
  return gpt2Head(params, rowsOf(gpt2Trunk(params, config, ids), positions));
}
