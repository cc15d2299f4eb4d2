/** @file `@sdtt/eval/findings`: what is concluded from figures. */

export { frontierGain, gainInterval, type Measured, pointOf } from "./resampled.js";
export {
  figureWarnings,
  genPplWarning,
  type HeldOut,
  heldOutRanges,
  type SamplingFacts,
  samplingWarnings,
  type Warning,
} from "./warnings.js";
