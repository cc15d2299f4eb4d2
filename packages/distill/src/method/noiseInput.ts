/**
 * @file A student with a noise input, made from a teacher that has none, or another: it begins as its
 * teacher, or, where it has choices, very nearly.
 */
import type { TensorMap } from "@sdtt/core/base";
import { type ModelConfig, modelParameters, type NoiseInput, noiseWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";

/** The shape of a student that is told `noise`, or nothing. */
export function toldModel(model: ModelConfig, noise: NoiseInput | undefined): ModelConfig {
  const { noise: _, ...plain } = model as Extract<ModelConfig, { kind: "dit" }>;
  return noise ? { ...plain, noise } : plain;
}

/** The weights of `from` in the shape of `model`: a noise input of the same kind goes on, any other is begun anew. */
export function toldWeights(weights: TensorMap, from: ModelConfig, model: ModelConfig, seed: number): TensorMap {
  if (JSON.stringify(noiseOf(from)) === JSON.stringify(noiseOf(model))) return weights;
  const { [noiseWeight]: _, ...plain } = weights;
  const parameter = modelParameters(model)[noiseWeight];
  return parameter ? { ...plain, ...initialise({ [noiseWeight]: parameter }, seed) } : plain;
}

const noiseOf = (model: ModelConfig) => (model.kind === "dit" ? (model.noise ?? null) : null);
