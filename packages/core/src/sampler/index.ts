export { sampleAncestral } from "./ancestral.js";
export { type AutoregressiveOptions, rereadingDecoder, sampleAutoregressive } from "./autoregressive.js";
export { drawToken, likeliestToken, logSumExp } from "./categorical.js";
export {
  type ChosenOptions,
  type ChosenSampler,
  parseSampler,
  type SamplerChoice,
  samplerChoices,
  sampleWith,
} from "./choose.js";
export { type Decoder, openDecoder } from "./decoder.js";
export { type Denoiser, openDenoiser } from "./denoiser.js";
export { type Draw, inverseCdf, type RowDraw } from "./draw.js";
export { drawFlags, samplerFlag } from "./flags.js";
export { gumbelFloat32Row } from "./gumbelFloat32.js";
export { nucleus, type RowStreams, type TokenLaw } from "./nucleus.js";
export { revealedPositions, timeGrid } from "./reveal.js";
export { isStaged, roundSchedule, type SchedulePart, type StagedDenoiser } from "./roundSchedule.js";
export { denoise, type SampleOptions, type Samples, type StepRule, sample } from "./sample.js";
export { type SamplerName, samplerNames, samplers } from "./samplers.js";
