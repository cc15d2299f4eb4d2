/**
 * @file Analytic (Tweedie τ-leaping) sampling, as SDTT and MDLM offer it beside ancestral steps.
 */
import { sigmaAt } from "../../diffusion/schedule.js";
import { timeEps } from "../../diffusion/substepTimes.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import type { StepRule } from "../sample.js";

/**
 * The law: the score of token v at a masked position is p_v/(e^σt − 1); the reverse step over Δσ = σt − σs gives v
 * the probability p_v (e^Δσ − 1)/(e^σt − 1) and leaves the rest masked. Times are even from 1 to 1e-5; what is masked
 * then is drawn in a last pass (MDLM's `_denoiser_update`).
 *
 * With an absorbing mask (e^Δσ − 1)/(e^σt − 1) IS (α_s − α_t)/(1 − α_t), so that in exact arithmetic this law is the
 * ancestral one on another grid, and the lazy evaluation of ancestral steps holds for it too.
 *
 * Holds    the reveal probability equals the ancestral one to rounding
 * Source   jdeschena/sdtt 9172b86 sampling/analytic.py; kuleshov-group/mdlm c112c52 diffusion.py `_analytic_update`
 */
export const analytic: StepRule = {
  times: (numSteps) => timeGrid(numSteps, timeEps),
  revealProbability: (s, t) => Math.min(1, Math.expm1(sigmaAt(t) - sigmaAt(s)) / Math.expm1(sigmaAt(t))),
  ending: "draw",
};
