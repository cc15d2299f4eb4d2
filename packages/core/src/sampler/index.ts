/** @file `@sdtt/core/sampler`: samplers, and the networks they ask. */

export { type AutoregressiveOptions, rereadingDecoder, sampleAutoregressive } from "./autoregressive.js";
export { type Calibration, calibratedSampler, writeCalibration } from "./calibration.js";
export {
  type ChosenOptions,
  type ChosenSampler,
  parseSampler,
  type SamplerChoice,
  samplerChoices,
  sampleWith,
} from "./choose.js";
export { type Draw, inverseCdf, type RowDraw } from "./draw.js";
export { drawToken, likeliestToken, logSumExp } from "./draws/categorical.js";
export { gumbelFloat32Row } from "./draws/gumbelFloat32.js";
export { nucleus, type RowStreams, type TokenLaw } from "./draws/nucleus.js";
export { isStaged, roundSchedule, type SchedulePart, type StagedDenoiser } from "./mixture.js";
export { type Decoder, openDecoder } from "./network/decoder.js";
export { type Denoiser, openDenoiser } from "./network/denoiser.js";
export { drawFlags, samplerFlag } from "./options.js";
export { revealedPositions, timeGrid } from "./reveal.js";
export { sampleAncestral } from "./rules/ancestral.js";
export { denoise, type SampleOptions, type Samples, type StepRule, sample } from "./sample.js";
export { type SamplerName, samplerNames, samplers } from "./samplers.js";
