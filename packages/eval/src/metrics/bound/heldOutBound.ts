/** @file The bound of held-out rows as a figure: of a denoiser alone, or with what its sampler mixes in. */
import type { FigureDeclaration } from "../contract.js";

export const heldOutBoundFigure: FigureDeclaration = {
  ...{ name: "held-out-bound", version: 1, unit: "nats", scale: "linear", better: "lower", errorOver: "items" },
  what: "bound of held-out rows, a token, over sets of masks; of a sampler that mixes in neighbours: with these",
};
