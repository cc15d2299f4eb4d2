/**
 * @file What one needs first of `@sdtt/core`, picked by hand: a checkpoint, its tokenizer, an engine, a network, samples.
 *
 * Each room of this package is an entry of its own with all that it offers: `@sdtt/core/sampler`, `@sdtt/core/text` and so
 * on, as `exports` of its package.json lists them. Packages of ours import the rooms.
 */
import "./base/silence.js";

export { UserError, userError } from "./base/errors.js";
export { type RandomStream, randomStream } from "./base/random.js";
export { float32, int32, type Tensor, type TensorMap } from "./base/tensor.js";
export { findCheckpoint } from "./checkpoint/find.js";
export {
  loadCheckpoint,
  loadWeights,
  newestCheckpoint,
  readCheckpointState,
  saveCheckpoint,
} from "./checkpoint/layout.js";
export { readPublished } from "./checkpoint/published/read.js";
export { writePublished } from "./checkpoint/published/write.js";
export { readSafetensors, writeSafetensors } from "./checkpoint/safetensors/safetensors.js";
export { defineCommand } from "./cli/command.js";
export { runCli } from "./cli/run.js";
export { maskTokens, sampleTimes } from "./diffusion/forward.js";
export { alphaAt, unmaskProbability } from "./diffusion/schedule.js";
export { subsLogProbs } from "./diffusion/subs.js";
export { substepTimes } from "./diffusion/substepTimes.js";
export { timeGrid } from "./diffusion/timeGrid.js";
export type { Engine, EngineName, TensorFunction } from "./engine/contract.js";
export { openEngine } from "./engine/open.js";
export { logitsAt } from "./model/logits.js";
export { ditPreset, type ModelConfig, modelParameters, presetNames } from "./model/presets.js";
export { initialise, specsOf, zerosLike } from "./nn/params.js";
export { type AdamWOptions, adamwDefaults } from "./optim/adamw.js";
export { sampleAutoregressive } from "./sampler/autoregressive.js";
export { parseSampler, sampleWith } from "./sampler/choose.js";
export { defineSampler, type Sampler } from "./sampler/contract.js";
export { type Denoiser, openDenoiser } from "./sampler/network/denoiser.js";
export { type SampleOptions, type Samples, type StepRule, sample } from "./sampler/sample.js";
export { samplers } from "./sampler/samplers.js";
export { openShard } from "./text/shards/shardFile.js";
export { prepareShards } from "./text/shards/shards.js";
export { readTexts } from "./text/source/read.js";
export { tokenizerOf } from "./text/tokenizer/find.js";
export { loadTokenizer, type Tokenizer } from "./text/tokenizer/tokenizer.js";
export { assetPath } from "./workspace/assets.js";
