/**
 * @file What a published format is: its configuration, its names for our tensors, and what it holds besides.
 *
 * A format is a table entry, so that a new one is complete or does not compile; reading and writing are the same for
 * all (`read.ts`, `write.ts`).
 */

import type { Tensor, TensorMap } from "../../base/tensor.js";
import type { ModelConfig } from "../../model/presets.js";

export const publishedNames = ["mdlm", "sdtt", "gpt2"] as const;
export type PublishedName = (typeof publishedNames)[number];
/** A checkpoint of ours, where formats are chosen from. */
export const ownName = "sdtt-ts";

/** A tensor that tells nothing new and is dropped by name. */
export interface Redundant {
  readonly why: string;
  /** What it must hold, where that follows from the rest; `relative` is the largest difference allowed. */
  readonly expected?: (model: ModelConfig, kept: TensorMap) => { tensor: Tensor | undefined; relative: number };
}

export interface PublishedFormat {
  /** Whether a config.json is of this format. */
  isConfig(config: unknown): boolean;
  /**
   * The architecture that a config.json describes.
   *
   * @param shapeOf shape of the tensor of that name of ours, for what the config leaves to the tensors
   * Throws   UserError when it is not one that is computed here
   */
  modelOf(config: unknown, where: string, shapeOf: (name: string) => readonly number[] | undefined): ModelConfig;
  /** Our name of a published tensor. */
  ourName(published: string): string;
  publishedName(ours: string): string;
  redundant(ours: string): Redundant | undefined;
  /** The other name of ours that a tensor may have been written under, where two are one in the published module. */
  tied(ours: string, config: unknown): string | undefined;
  /** Whether the format can hold this model. */
  holds(model: ModelConfig): boolean;
  /** config.json, as the published loader reads it. */
  configOf(model: ModelConfig): Record<string, unknown>;
  /** What the published loader wants besides the parameters, by our names. */
  buffers(model: ModelConfig): TensorMap;
  /** Whether the published loader reads model.safetensors only, never shards. */
  readonly isOneFile: boolean;
}

/** What a denoiser has that no published layout has. */
export function traitsOf(model: ModelConfig): string[] {
  if (model.kind !== "dit") return [];
  const { causal, shift, noise, selfConditioning, decoders } = model;
  const told = [noise && "told noise", selfConditioning && "self-conditioned"];
  const traits = [causal && "causal", shift && "shifted", ...told, decoders && `${decoders} copies of the last block`];
  return traits.filter((trait) => typeof trait === "string");
}
