/** @file `@sdtt/core/model`: networks: their configuration, parameters and logits. */

export type { TensorsByName } from "../base/tensor.js";
export { type Architecture, architectureOf, defineArchitecture, type OwnConfig } from "./architecture.js";
export type { DitConfig, NoiseInput } from "./dit/config.js";
export { type DitOptions, ditHead, ditParameters, ditTrunk } from "./dit/dit.js";
export { conditioning, foldChanged, foldConditioning, keptByFolding } from "./dit/fold.js";
export { noiseWeight, selfWeight, toldAt, toldWeightNames } from "./dit/noise.js";
export { foldedHead, foldedTrunk } from "./dit/trunk.js";
export { type Gpt2Config, gpt2Head, gpt2Parameters, gpt2Trunk } from "./gpt2.js";
export { hiddenAt, logitsAt, logitsOf } from "./logits.js";
export {
  ditPreset,
  gpt2Preset,
  isCausal,
  isSelfConditioned,
  type ModelConfig,
  modelParameters,
  ownPreset,
  type PresetName,
  presetNames,
  type ShapeChanges,
} from "./presets.js";
