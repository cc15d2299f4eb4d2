/**
 * @file The answer in words: which line is best at a step count, against whom, and what speaks against believing it.
 */

import { formatEstimate, formatInterval, formatNumber } from "../drawing/format.js";
import type { Curve, Series } from "./curve.js";
import type { Gain } from "./matched.js";
import { betterFirst, kindOf, timesBetter } from "./metrics.js";
import type { Estimate } from "./statistics.js";

export interface Summary {
  readonly steps: number;
  readonly best: string;
  /** How far the best is from the others: `clear` when its interval over seeds touches no other's. */
  readonly trust: "clear" | "overlapping" | "single";
  readonly sentences: readonly string[];
}

interface Standing {
  readonly series: Series;
  readonly value: Estimate;
  readonly entropy: Estimate | null;
}

function standingsAt(curve: Curve, steps: number): Standing[] {
  const order = betterFirst(curve.measure?.metric ?? "");
  const found = curve.series.flatMap((series): Standing[] => {
    const point = series.points.find((p) => p.steps === steps);
    const isUsable = point !== undefined && Number.isFinite(point.value.mean) && series.temperature === 1;
    return isUsable ? [{ series, value: point.value, entropy: point.entropy }] : [];
  });
  return found.sort((a, b) => order(a.value.mean, b.value.mean));
}

const touches = (a: Estimate, b: Estimate): boolean => !(a.high < b.low || b.high < a.low);

function trustOf([best, second]: readonly Standing[]): Summary["trust"] {
  if (best === undefined || best.value.n < 2) return "single";
  return second !== undefined && touches(best.value, second.value) ? "overlapping" : "clear";
}

function againstTeacher(best: Standing, standings: readonly Standing[], metric: string): string[] {
  const teacher = standings.find(({ series }) => series.round === 0);
  if (teacher === undefined || teacher === best) return [];
  const ratio = timesBetter(metric, best.value.mean, teacher.value.mean);
  const lost = teacher.entropy && best.entropy ? best.entropy.mean - teacher.entropy.mean : null;
  const change = lost === null ? "" : `; entropy changes by ${formatNumber(lost)} nats`;
  const than = kindOf(metric).better === "lower" ? "times lower than" : "times";
  return [`That is ${formatNumber(ratio)} ${than} the teacher's ${formatNumber(teacher.value.mean)}${change}.`];
}

function control(best: Standing, steps: number, gains: readonly Gain[]): string[] {
  if (best.series.round === 0) return [];
  const found = gains.find(({ label, steps: at }) => at === steps && best.series.label === label);
  if (found === undefined) return [];
  if (found.gain === null) {
    return ["No control: no teacher with a temperature reaches its entropy, so sharpening alone is not excluded."];
  }
  const { mean, low, n } = found.gain;
  const verdict = n > 1 && low > 1 ? "more than sharpening" : "not told apart from sharpening";
  const gain = `${formatNumber(mean)} times better ${formatInterval(found.gain)} (n = ${n})`;
  return [`Against a teacher sharpened to the same entropy it is ${gain}: ${verdict}.`];
}

const doubts: Record<Summary["trust"], (second: Standing | undefined) => string> = {
  clear: (second) => (second ? `Its interval over seeds is apart from the next one's, ${second.series.label}.` : ""),
  overlapping: (second) => `Its interval overlaps that of ${second?.series.label}: these two are not told apart.`,
  single: () => "It rests on one seed: no interval over seeds, so do not believe small differences.",
};

/** Where the best rests on one seed: the best of those that do not. */
function bestOfSeveral(standings: readonly Standing[], steps: number, gains: readonly Gain[]): string[] {
  const found = standings.find(({ value }) => value.n > 1);
  if (found === undefined) return [];
  const head = `Of those with several seeds ${found.series.label} is best: ${formatEstimate(found.value)}.`;
  return [head, ...control(found, steps, gains)];
}

/** What can be said at `steps`; undefined where nothing was measured. */
export function summaryOf(curve: Curve, gains: readonly Gain[], steps: number): Summary | undefined {
  const standings = standingsAt(curve, steps);
  const [best, second] = standings;
  if (best === undefined) return undefined;
  const trust = trustOf(standings);
  const where = curve.isLevel ? "" : `At ${steps} steps `;
  const head = `${where}${best.series.label} is best: ${formatEstimate(best.value)}.`;
  const doubt = doubts[trust](second);
  const first = [
    head,
    ...againstTeacher(best, standings, curve.measure?.metric ?? ""),
    ...control(best, steps, gains),
    doubt,
  ];
  const sentences = trust === "single" ? [...first, ...bestOfSeveral(standings, steps, gains)] : first;
  return { steps, best: best.series.label, trust, sentences: sentences.filter((text) => text !== "") };
}
