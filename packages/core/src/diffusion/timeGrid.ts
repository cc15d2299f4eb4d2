/** @file The times of the steps of a sampler. */

/** The evenly spaced times of K steps, from 1 down to `end`: [K + 1]. */
export function timeGrid(numSteps: number, end = 0): Float64Array {
  return Float64Array.from({ length: numSteps + 1 }, (_, i) => 1 - (i * (1 - end)) / numSteps);
}
