/**
 * @file Model sizes by name: the embedded one, and those of the paper (arXiv 2410.21035v2, table 4).
 */
import { userError } from "../base/errors.js";
import type { Parameters } from "../nn/params.js";
import { architectureOf, type OwnConfig } from "./architecture.js";
import type { DitConfig } from "./dit/config.js";
import { ditParameters } from "./dit/dit.js";
import { type Gpt2Config, gpt2Parameters } from "./gpt2.js";

export type ModelConfig =
  | ({ readonly kind: "dit" } & DitConfig)
  | ({ readonly kind: "gpt2" } & Gpt2Config)
  | ({ readonly kind: "own" } & OwnConfig);

const sizes = {
  embedded: { blocks: 4, width: 256, heads: 4, length: 128 },
  "169m": { blocks: 12, width: 768, heads: 12, length: 1024 },
  "424m": { blocks: 24, width: 1024, heads: 16, length: 1024 },
  "863m": { blocks: 24, width: 1536, heads: 16, length: 1024 },
  "1.3b": { blocks: 24, width: 2048, heads: 32, length: 1024 },
} as const;

export type PresetName = keyof typeof sizes;
export const presetNames = Object.keys(sizes) as [PresetName, ...PresetName[]];

const conditioningWidth = 128;

/** What may be other than the size says; what is undefined is as it says. */
export type ShapeChanges = { readonly [K in keyof (typeof sizes)["embedded"]]?: number | undefined };

function shapeOf(name: PresetName, { blocks, width, heads, length }: ShapeChanges) {
  const usual = sizes[name];
  return {
    blocks: blocks ?? usual.blocks,
    width: width ?? usual.width,
    heads: heads ?? usual.heads,
    length: length ?? usual.length,
  };
}

/** The denoiser of a size; `vocabSize` counts the mask token. */
export function ditPreset(
  name: PresetName,
  {
    vocabSize,
    dropout = 0,
    causal = false,
    shift = false,
    selfConditioning = false,
    ...changes
  }: ShapeChanges & {
    readonly vocabSize: number;
    readonly dropout?: number;
    readonly causal?: boolean;
    readonly shift?: boolean;
    readonly selfConditioning?: boolean;
  },
): Extract<ModelConfig, { kind: "dit" }> {
  const model = { ...shapeOf(name, changes), vocabSize, conditioning: conditioningWidth, dropout, causal };
  return { kind: "dit", ...model, ...(shift && { shift }), ...(selfConditioning && { selfConditioning }) };
}

/** A judge of a size. */
export function gpt2Preset(name: PresetName, vocabSize: number, changes: ShapeChanges = {}): ModelConfig {
  return { kind: "gpt2", ...shapeOf(name, changes), vocabSize };
}

/** A denoiser of one's own of a size; `vocabSize` counts the mask token. */
export function ownPreset(architecture: string, name: PresetName, vocabSize: number, changes: ShapeChanges = {}) {
  return { kind: "own", architecture, ...shapeOf(name, changes), vocabSize } as const satisfies ModelConfig;
}

/** Whether a model reads from left to right: the AR baseline or a judge, not a denoiser. */
export const isCausal = (model: ModelConfig): boolean =>
  model.kind === "gpt2" || (model.kind === "dit" && model.causal);

/** Whether a network is told what it said itself. */
export const isSelfConditioned = (model: ModelConfig): boolean =>
  model.kind === "dit" && model.selfConditioning === true;

/** Throws   UserError when the heads do not divide the width */
export function modelParameters(config: ModelConfig): Parameters {
  if (config.kind === "own") return architectureOf(config).parameters(config);
  if (config.width % (2 * config.heads) !== 0) {
    const rule = "width must be an even multiple of heads";
    throw userError("model", rule, `width ${config.width}, heads ${config.heads}`, "Change one of them.");
  }
  return config.kind === "dit" ? ditParameters(config) : gpt2Parameters(config);
}
