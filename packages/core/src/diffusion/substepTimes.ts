/**
 * @file The times of a teacher's substeps below t.
 *
 * Both grids go by name, because the published code does not do what the paper says (SDTT published code 9172b86,
 * multi_round_sdtt.py:268) and published numbers were very probably made with the code's.
 */

export const timeGridNames = ["paper", "published-code"] as const;
export type TimeGridName = (typeof timeGridNames)[number];

/** Smallest time, as in SDTT. */
export const timeEps = 1e-5;

const grids: Record<TimeGridName, (t: number, dt: number, substeps: number) => number[]> = {
  /** t_i = max(t − i·Δ, ε). */
  paper: (t, dt, substeps) => Array.from({ length: substeps }, (_, i) => Math.max(t - i * dt, timeEps)),
  /** max(t·s_i + (1 − t)·t_end, ε) with t_end = t − m·Δ and s evenly spaced from 1 to 0. */
  "published-code": (t, dt, substeps) =>
    Array.from({ length: substeps }, (_, i) => {
      const share = substeps === 1 ? 1 : 1 - i / (substeps - 1);
      return Math.max(t * share + (1 - t) * (t - substeps * dt), timeEps);
    }),
};

/** The m times at which the teacher steps, each by Δ, from t downwards. */
export function substepTimes(name: TimeGridName, t: number, dt: number, substeps: number): number[] {
  return grids[name](t, dt, substeps);
}
