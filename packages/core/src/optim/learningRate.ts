/** @file Learning rates by update. */

export const scheduleNames = ["constant", "cosine", "wsd"] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export interface LearningRateSchedule {
  readonly name: ScheduleName;
  readonly peak: number;
  /** Updates of linear warm-up; the first update has peak / warmup, not 0. */
  readonly warmup: number;
  /** All updates; cosine ends at a tenth of the peak. */
  readonly updates: number;
  /** Last updates of `wsd` (warm-up, stable, decay) in which the rate falls; left out: none. */
  readonly decay?: number | undefined;
}

/**
 * The rate of update n, counting from 1.
 *
 * Holds    what `wsd` gives before its decay depends neither on `updates` nor on `decay`: a run can be prolonged
 * Source   wsd falls as 1 − √, arXiv 2405.18392 §3
 */
export function learningRateAt(n: number, { name, peak, warmup, updates, decay = 0 }: LearningRateSchedule): number {
  if (n <= warmup) return (peak * n) / warmup;
  if (name === "constant") return peak;
  if (name === "wsd") return peak * (1 - Math.sqrt(Math.max(0, n - (updates - decay)) / (decay + 1)));
  const progress = (n - warmup) / Math.max(1, updates - warmup);
  return peak * (0.1 + 0.45 * (1 + Math.cos(Math.PI * Math.min(1, progress))));
}

/** Whether updates 1 … `done` had the same rates under both. */
export function samePast(done: number, one: LearningRateSchedule, other: LearningRateSchedule): boolean {
  for (let n = 1; n <= done; n++) if (learningRateAt(n, one) !== learningRateAt(n, other)) return false;
  return true;
}
