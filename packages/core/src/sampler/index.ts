export { type SampleOptions, type Samples, sampleAncestral } from "./ancestral.js";
export { type AutoregressiveOptions, sampleAutoregressive } from "./autoregressive.js";
export { drawToken, likeliestToken } from "./categorical.js";
export { type Denoiser, openDenoiser } from "./denoiser.js";
export { revealedPositions, timeGrid } from "./reveal.js";
