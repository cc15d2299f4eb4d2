/**
 * @file Cached sampling: MDLM's default predictor, `ddpm_cache`.
 */
import { timeEps } from "../../diffusion/substepTimes.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import type { StepRule } from "../sample.js";

/**
 * The law: ancestral steps whose move chance is t itself, so that a masked position is revealed with (t − s)/t; times
 * are even from 1 to 1e-5, and what is masked then becomes its likeliest token. For the log-linear schedule the
 * factor 1 − 1e-3 of the ancestral move chance cancels in that ratio: the same law but for the ending, which a token
 * reaches with probability 1e-5.
 *
 * What is kept upstream is the network's answer for as long as no token of the BATCH changes. Here a row is asked
 * only in steps that reveal something in it, and once at the end if it must: never more evaluations than with that
 * cache, and the same law, since the network is not conditioned on time.
 *
 * Source   kuleshov-group/mdlm c112c52 diffusion.py `_ddpm_caching_update`, `_sample`
 */
export const cached: StepRule = {
  times: (numSteps) => timeGrid(numSteps, timeEps),
  revealProbability: (s, t) => (s <= 0 ? 1 : (t - s) / t),
  ending: "argmax",
};
