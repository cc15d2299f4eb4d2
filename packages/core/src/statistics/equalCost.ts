/**
 * @file Where a number of evaluations lies among those at which something else was measured: what samplers of unlike cost are read at.
 */
import type { Between } from "./matchedSeeds.js";

/** As far as evaluations may lie outside of those measured: two samplers of K steps differ by the steps that reveal nothing. */
const slack = 0.05;

/** The measured evaluations that `nfe` lies between, and how far along in log₂; undefined outside of them. */
export function placeAmong(counts: readonly number[], nfe: number): Between | undefined {
  const sorted = [...counts].sort((a, b) => a - b);
  const [least, most] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  if (!(nfe >= least * (1 - slack) && nfe <= most * (1 + slack))) return undefined;
  const inside = Math.min(most, Math.max(least, nfe));
  const to = sorted.find((count) => count >= inside) as number;
  const from = sorted.findLast((count) => count <= inside) as number;
  return { from, to, share: from === to ? 0 : Math.log(inside / from) / Math.log(to / from) };
}
