/**
 * @file What a denoiser is told beside its tokens: one linear layer from that to a position's embedding.
 *
 * It is apart from the trunk, so that what is told once a row is computed once a row, whatever the steps. Where nothing is told,
 * nothing is added: a network with zero weights here is the network without. Noise is one such input; the network's own last
 * prediction (self-conditioning, arXiv 2208.04202) the other, whose weights begin at zero always.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { placedAt } from "../../nn/embedding.js";
import { linear } from "../../nn/linear.js";
import type { Initial, Parameters } from "../../nn/params.js";
import type { DitConfig, NoiseInput } from "./config.js";
import { parameter } from "./fold.js";

export const noiseWeight = "noise_embed.weight";
export const selfWeight = "self_embed.weight";
/** Parameters of what is told. */
export const toldWeightNames = [noiseWeight, selfWeight] as const;

/** Of choices: at zero all would be alike, and stay so under any gradient. */
const choiceStd = 0.1;
/**
 * Of what Gaussian noise adds to an embedding: as much as embeddings begin with. At zero its gradient is 0 on average, whatever is to be learned,
 * and what is read late is read by a student that has settled on few rows.
 */
const gaussianStd = 0.3;

const initialOf: Record<NoiseInput["law"], (size: number) => Initial> = {
  gumbel: () => ({ fill: 0 }),
  choice: () => ({ std: choiceStd }),
  gaussian: (size) => ({ std: gaussianStd / Math.sqrt(size) }),
};

export function toldParameters({ noise, selfConditioning, vocabSize, width }: DitConfig): Parameters {
  const own = selfConditioning && { [selfWeight]: { shape: [width, vocabSize], initial: { fill: 0 } } };
  if (!noise) return own || {};
  return { [noiseWeight]: { shape: [width, noise.size], initial: initialOf[noise.law](noise.size) }, ...own };
}

/**
 * What is added to the embeddings of a batch whose `positions` are told `values`; zero elsewhere.
 *
 * Shapes   values [N, size] · positions [N], none twice → [total, D]
 */
export function toldAt(
  params: TensorsByName,
  values: tf.Tensor,
  positions: tf.Tensor,
  total: number,
  weight: (typeof toldWeightNames)[number] = noiseWeight,
): tf.Tensor {
  return placedAt(linear(values, parameter(params, weight)), positions, total);
}
