/** @file `@sdtt/core/sampler`: samplers, and the networks they ask. */

export { type AutoregressiveOptions, rereadingDecoder, sampleAutoregressive } from "./autoregressive.js";
export { type Calibration, calibratedSampler, writeCalibration } from "./calibration.js";
export {
  type ChosenOptions,
  type ChosenSampler,
  loadSampler,
  parseSampler,
  pinnedSampler,
  samplerChoices,
  sampleWith,
} from "./choose.js";
export { type Beginning, defineSampler, type ParameterBounds, type Sampler } from "./contract.js";
export { type Draw, inverseCdf, type RowDraw, type RowStreams } from "./draw.js";
export { drawToken, likeliestToken, logSumExp, tokenLaw } from "./draws/categorical.js";
export { gumbelFloat32Row } from "./draws/gumbelFloat32.js";
export { drawIndex, drawTokenBy, lawBy, nucleus, type TokenLaw } from "./draws/nucleus.js";
export { type Decoder, openDecoder } from "./network/decoder.js";
export { type Denoiser, type Network, openDenoiser, type StateDenoiser } from "./network/denoiser.js";
export { reportedGuidance } from "./network/guided.js";
export { type BuildText, buildDatastore } from "./neighbours/build.js";
export { type Datastore, isDatastore, openDatastore } from "./neighbours/datastore.js";
export { datastoreFlag, datastoreFor, datastoreHash } from "./neighbours/given.js";
export { type Neighbours, openNeighbours, refuseTold, withNeighbours } from "./neighbours/mixed.js";
export { noiseOfRow, type RowNames } from "./noise.js";
export { drawFlags, partnerFlag, samplerFlag } from "./options.js";
export {
  checkPartner,
  openNetwork,
  openPartner,
  type Partner,
  type PartnerKind,
  partnerFolder,
  partnerOf,
  withPartner,
} from "./partner.js";
export { revealedPositions } from "./reveal.js";
export {
  type Draft,
  type RowLogits,
  type RowSampler,
  revealedAfter,
  type SampledRow,
  type StepPlan,
} from "./rowSampler.js";
export { sampleAncestral } from "./rules/ancestral.js";
export { shiftedOrder, spaced } from "./rules/spaced.js";
export { denoise, type SampleOptions, type Samples, type StepRule, sample } from "./sample.js";
export { seedFlags, seededBy } from "./seedFlags.js";
export { builtinSamplers, type SamplerName, samplerNames, samplers } from "./samplers.js";
export { isStaged, type StagedDenoiser, type StagedPart, stagedDenoiser } from "./staged.js";
