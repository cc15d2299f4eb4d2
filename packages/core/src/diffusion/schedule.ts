/**
 * @file The log-linear noise schedule: how likely a token is masked at time t.
 *
 * Source   arXiv 2406.07524 §3; kuleshov-group/mdlm c112c52 noise_schedule.py, eps 1e-3
 */

/** What is never masked even at t = 1. */
export const scheduleEps = 1e-3;

/** α_t = 1 − (1 − 1e-3)·t: the probability that a token is still there at time t. */
export const alphaAt = (t: number): number => 1 - (1 - scheduleEps) * t;

/** σ_t = −ln α_t. */
export const sigmaAt = (t: number): number => -Math.log1p(-(1 - scheduleEps) * t);

/** 1 − α_t: the probability that a token is masked at time t. */
export const moveChanceAt = (t: number): number => (1 - scheduleEps) * t;

/**
 * (α_s − α_t) / (1 − α_t): the probability that a token masked at t is revealed by time s ≤ t.
 *
 * Holds    1 for s ≤ 0: the last step reveals everything that is left
 */
export function unmaskProbability(s: number, t: number): number {
  if (s > t) throw new RangeError(`unmaskProbability: s must not be after t, got s = ${s}, t = ${t}. Swap them.`);
  return s <= 0 ? 1 : (t - s) / t;
}
