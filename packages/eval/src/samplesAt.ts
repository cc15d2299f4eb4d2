/** @file How many samples a cell takes. */

/**
 * Samples of a cell: what `--samples` says, or as many as 2 560 steps make, between 48 and 640.
 *
 * Few-step cells are cheap and are where a round shows first, so they get the smaller standard errors.
 */
export function samplesAt(steps: number, asked?: number): number {
  return asked ?? Math.min(640, Math.max(48, Math.ceil(2560 / steps)));
}
