/**
 * @file A student that is told something, made from a teacher that is told nothing, or something else: it begins as its
 * teacher, or, where it has choices, very nearly.
 */
import type { TensorMap } from "@sdtt/core/base";
import { type ModelConfig, modelParameters, type NoiseInput, noiseWeight, selfWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";

/** What a student is told. */
export interface ToldInputs {
  readonly noise?: NoiseInput | undefined;
  readonly selfConditioning?: boolean | undefined;
}

/** The shape of a student that is told `noise`, what it said itself, or nothing. */
export function toldModel(model: ModelConfig, { noise, selfConditioning }: ToldInputs): ModelConfig {
  const { noise: _, selfConditioning: __, ...plain } = model as Extract<ModelConfig, { kind: "dit" }>;
  return { ...plain, ...(noise && { noise }), ...(selfConditioning && { selfConditioning }) };
}

/** The weights of `from` in the shape of `model`: an input of the same kind goes on, any other is begun anew. */
export function toldWeights(weights: TensorMap, from: ModelConfig, model: ModelConfig, seed: number): TensorMap {
  const { [noiseWeight]: noise, [selfWeight]: own, ...plain } = weights;
  const isSameNoise = JSON.stringify(noiseOf(from)) === JSON.stringify(noiseOf(model));
  const known: TensorMap = { ...(noise && isSameNoise && { [noiseWeight]: noise }), ...(own && { [selfWeight]: own }) };
  const wanted = Object.entries(modelParameters(model)).filter(([name]) => name === noiseWeight || name === selfWeight);
  const begun = Object.entries(initialise(Object.fromEntries(wanted), seed));
  return { ...plain, ...Object.fromEntries(begun.map(([name, fresh]) => [name, known[name] ?? fresh])) };
}

const noiseOf = (model: ModelConfig) => (model.kind === "dit" ? (model.noise ?? null) : null);
