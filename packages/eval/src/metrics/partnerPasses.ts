/** @file What a sampler's second network cost: a figure beside NFE, which stays the denoiser's own. */
import type { FigureDeclaration } from "./contract.js";

export const partnerPassesFigure: FigureDeclaration = {
  ...{ name: "partner-passes", version: 1, unit: "passes", scale: "linear", better: "none", errorOver: "samples" },
  what: "rows that the sampler's second network reads for a sample; of a sampler that lets it write: tokens",
};
