/**
 * @file A figure of a student's samples beside the teacher's at the student's entropy: variety that a temperature costs as well.
 *
 * Sharper text repeats and shares more of itself whatever sharpened it, so that a student is compared with its teacher at the
 * temperature of its entropy: linear in entropy between the two measured ones beside it.
 */
import { formatInterval, formatNumber, normalQuantile } from "@sdtt/core/statistics";

/** A figure with the entropy of the samples that it is of. */
export interface FigureAt {
  readonly entropy: number;
  /** Of the entropy. */
  readonly entropyStderr: number;
  readonly value: number;
  readonly stderr: number;
}

export interface MatchedFigure {
  readonly own: number;
  readonly control: number;
  /** Own − control. */
  readonly difference: number;
  /** NaN where an error is not known. */
  readonly stderr: number;
}

/** Undefined where the entropy is outside of the control's. Samples of unlike temperatures are taken as independent. */
export function figureAtEntropy(frontier: readonly FigureAt[], own: FigureAt): MatchedFigure | undefined {
  const sorted = frontier
    .filter(({ entropy, value }) => Number.isFinite(entropy + value))
    .sort((a, b) => a.entropy - b.entropy);
  const above = sorted.findIndex(({ entropy }, i) => i > 0 && own.entropy <= entropy);
  const [low, high] = [sorted[above - 1], sorted[above]];
  if (!low || !high || own.entropy < low.entropy) return undefined;
  const width = high.entropy - low.entropy;
  const share = width === 0 ? 0 : (own.entropy - low.entropy) / width;
  const slope = width === 0 ? 0 : (high.value - low.value) / width;
  const control = (1 - share) * low.value + share * high.value;
  // Errors of entropies move the place on the chord, by its slope.
  const variance =
    own.stderr ** 2 +
    (slope * own.entropyStderr) ** 2 +
    (1 - share) ** 2 * (low.stderr ** 2 + (slope * low.entropyStderr) ** 2) +
    share ** 2 * (high.stderr ** 2 + (slope * high.entropyStderr) ** 2);
  return { own: own.value, control, difference: own.value - control, stderr: Math.sqrt(variance) };
}

/** "0.103 for 0.081, +0.022 [0.015, 0.029]" */
export function matchedFigureText({ own, control, difference, stderr }: MatchedFigure): string {
  const half = normalQuantile() * stderr;
  const ends = formatInterval({ low: difference - half, high: difference + half });
  const by = `${difference > 0 ? "+" : ""}${formatNumber(difference)} ${ends}`.trimEnd();
  return `${formatNumber(own)} for ${formatNumber(control)}, ${by}`;
}
