/**
 * @file The noise input of a denoiser: one linear layer from what a position is told to its embedding.
 *
 * It is apart from the trunk, so that what is told once a row is computed once a row, whatever the steps. Where nothing is told,
 * nothing is added: a network with zero weights here is the network without.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { placedAt } from "../../nn/embedding.js";
import { linear } from "../../nn/linear.js";
import type { Parameters } from "../../nn/params.js";
import type { DitConfig } from "./config.js";
import { parameter } from "./fold.js";

export const noiseWeight = "noise_embed.weight";

/** Of choices: at zero all would be alike, and stay so under any gradient. */
const choiceStd = 0.1;

export function noiseParameters({ noise, width }: DitConfig): Parameters {
  if (!noise) return {};
  const initial = noise.law === "choice" ? { std: choiceStd } : { fill: 0 };
  return { [noiseWeight]: { shape: [width, noise.size], initial } };
}

/**
 * What is added to the embeddings of a batch whose `positions` are told `noise`; zero elsewhere.
 *
 * Shapes   noise [N, size] · positions [N], none twice → [total, D]
 */
export function toldAt(params: TensorsByName, noise: tf.Tensor, positions: tf.Tensor, total: number): tf.Tensor {
  return placedAt(linear(noise, parameter(params, noiseWeight)), positions, total);
}
