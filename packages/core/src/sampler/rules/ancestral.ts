/**
 * @file Ancestral sampling: the sampler of this project.
 */
import { unmaskProbability } from "../../diffusion/schedule.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import type { Denoiser } from "../network/denoiser.js";
import { type SampleOptions, type Samples, type StepRule, sample } from "../sample.js";

/**
 * The law: from t to s each masked position is revealed with probability (α_s − α_t)/(1 − α_t), independently, and
 * its token drawn from p(x0 | xt). Times are even from 1 to 0, so the last step reveals everything that is left.
 *
 * Source   arXiv 2406.07524 §3.3; differs: drawn by inverse CDF in float64, last step at s = 0 and not 1e-5
 */
export const ancestral: StepRule = { times: timeGrid, revealProbability: unmaskProbability, ending: "draw" };

/** Samples x0 by ancestral steps, see `sample`. */
export function sampleAncestral(denoiser: Denoiser, options: SampleOptions): Promise<Samples> {
  return sample(denoiser, ancestral, options);
}
