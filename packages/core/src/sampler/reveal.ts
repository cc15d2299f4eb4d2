/**
 * @file Which positions a step reveals: drawn before the network runs, because it does not depend on it.
 */
import type { RandomStream } from "../base/random.js";

/**
 * Each masked position of a row, with `probability`.
 *
 * Holds    a probability of 1 reveals everything that is left
 */
export function revealedPositions(random: RandomStream, masked: readonly number[], probability: number): number[] {
  if (probability >= 1) return [...masked];
  const draws = random.uniforms(masked.length);
  return masked.filter((_, i) => (draws[i] as number) < probability);
}
