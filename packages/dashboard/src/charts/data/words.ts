/**
 * @file Findings as short text, the same on the page, in reports and in tables.
 */
import { formatInterval, formatNumber, formatStepsNeeded, type StepsNeeded } from "@sdtt/core/statistics";
import type { Gain, NoGain } from "./matched.js";
import type { Samplers } from "./samplers.js";

/** "outside in 1 of 3" */
export const noGainText = ({ why, seeds, of }: NoGain): string => (of === 1 ? why : `${why} in ${seeds} of ${of}`);

/** "1.26 [1.18, 1.35] better" */
export function gainText({ gain, none, verdict }: Pick<Gain, "gain" | "none" | "verdict">): string {
  if (gain === null) return none ? noGainText(none) : "–";
  return `${gain.mean.toFixed(2)} ${endsText(gain)} ${verdict ?? ""}`.replaceAll("  ", " ").trimEnd();
}

const endsText = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  Number.isNaN(low) ? "" : `[${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** "5.17 [4.62, 5.90] (NFE 5.16)" */
export function neededText({ needed, neededNfe, none }: Pick<Gain, "needed" | "neededNfe" | "none">): string {
  if (needed === null) return none ? noGainText(none) : "–";
  const nfe =
    neededNfe && Number.isFinite(neededNfe.value) && neededNfe.value > 0
      ? ` (NFE ${formatNumber(neededNfe.value)})`
      : "";
  return `${formatStepsNeeded(needed)}${nfe}`;
}

/** How many times as many steps, with the interval: "1.29 [1.16, 1.48]"; open where the steps are. */
export function savingText(needed: StepsNeeded, steps: number): string {
  const by = (value: number) => (Number.isFinite(value) ? value / steps : value);
  const { value, low, high } = needed.steps;
  if (value === 0 || !Number.isFinite(value)) return "";
  const [from, to] = [by(low), by(high)];
  const ends = low === 0 || !Number.isFinite(high) ? "" : ` ${formatInterval({ low: from, high: to })}`;
  return `${formatNumber(by(value))}${ends}`;
}

export const gainCaption =
  "The teacher's value at the student's entropy, divided by the student's: above 1 the student is better than a teacher sharpened by temperature";
export const neededCaption =
  "Steps that the teacher needs for the same text at the student's entropy (NFE in brackets), where the student takes those of the column";

/**
 * "the largest of 4 gains is that of teacher, spaced: 1.57 [1.52, 1.63] times ancestral steps of its entropy"; undefined where no other way of
 * drawing is better than those at this step count.
 */
export function bestSamplerText({ lines }: Pick<Samplers, "lines">, steps: number): string | undefined {
  const judged = lines.flatMap(({ label, points }) => {
    const { gain, verdict } = points.find((point) => point.steps === steps)?.by.steps ?? {};
    return gain ? [{ label, gain, verdict }] : [];
  });
  const [best] = judged.sort((a, b) => b.gain.mean - a.gain.mean);
  if (best?.verdict !== "better") return undefined;
  const figure = `${formatNumber(best.gain.mean)} ${formatInterval(best.gain)}`;
  return `the largest of ${judged.length} gains is that of ${best.label}: ${figure} times ancestral steps of its entropy`;
}
