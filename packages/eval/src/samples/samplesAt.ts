/** @file How many samples a cell takes. */

/**
 * Samples of a cell: what `--samples` says, or as many as 2 048 steps make, between 32 and 512.
 *
 * Few-step cells are cheap and are where a round shows first, so they get the smaller standard errors. At powers
 * of two all are whole batches of 16.
 */
export function samplesAt(steps: number, asked?: number): number {
  return asked ?? Math.min(512, Math.max(32, Math.ceil(2048 / steps)));
}

/** Half as many, for what is waited for at the end of a round: errors of some 2 % where rows are of 256 tokens. */
export const fewerSamplesAt = (steps: number, asked?: number): number =>
  asked ?? Math.min(256, Math.max(32, samplesAt(steps) / 2));
