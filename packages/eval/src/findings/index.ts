/** @file `@sdtt/eval/findings`: what is concluded from figures. */

export { type FigureAt, figureAtEntropy, type MatchedFigure } from "./matchedFigure.js";
export { frontierGain, gainInterval, type Measured, pointOf } from "./resampled.js";
export {
  figureWarnings,
  genPplWarning,
  type HeldOutRanges,
  heldOutRanges,
  type SamplingFacts,
  samplingWarnings,
  type Warning,
} from "./warnings.js";
