/**
 * @file Which positions a step reveals: drawn before the network runs, because it does not depend on it.
 */
import { unmaskProbability } from "../diffusion/schedule.js";
import type { RandomStream } from "../random.js";

/** The evenly spaced times of K steps, from 1 to 0: [K + 1]. */
export function timeGrid(numSteps: number): Float64Array {
  return Float64Array.from({ length: numSteps + 1 }, (_, i) => 1 - i / numSteps);
}

/**
 * Each masked position of a row, with probability (α_s − α_t)/(1 − α_t).
 *
 * Holds    everything that is left is revealed where s ≤ 0
 */
export function revealedPositions(random: RandomStream, masked: readonly number[], s: number, t: number): number[] {
  const probability = unmaskProbability(s, t);
  if (probability >= 1) return [...masked];
  const draws = random.uniforms(masked.length);
  return masked.filter((_, i) => (draws[i] as number) < probability);
}
