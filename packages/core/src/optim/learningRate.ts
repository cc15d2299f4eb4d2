/** @file Learning rates by update. */

export const scheduleNames = ["constant", "cosine"] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export interface LearningRateSchedule {
  readonly name: ScheduleName;
  readonly peak: number;
  /** Updates of linear warm-up; the first update has peak / warmup, not 0. */
  readonly warmup: number;
  /** All updates; cosine ends at a tenth of the peak. */
  readonly updates: number;
}

/** The rate of update n, counting from 1. */
export function learningRateAt(n: number, { name, peak, warmup, updates }: LearningRateSchedule): number {
  if (n <= warmup) return (peak * n) / warmup;
  if (name === "constant") return peak;
  const progress = (n - warmup) / Math.max(1, updates - warmup);
  return peak * (0.1 + 0.45 * (1 + Math.cos(Math.PI * Math.min(1, progress))));
}
