/**
 * @file A row of the parity table, and how far ours may be from the published number.
 */
import { userError } from "@sdtt/core/base";

export interface Row {
  readonly name: string;
  /** Largest |ours − published|; where they must be equal, how many values are not. */
  readonly difference: number;
  readonly tolerance: number;
  readonly isOk: boolean;
  /** How many values were compared. */
  readonly values: number;
  readonly note?: string;
}

/** A tolerance, and the magnitude of the published values that it was suggested for. */
export interface Tolerance {
  readonly base: number;
  readonly magnitude: number;
}

/**
 * Suggested for the shipped folder by the README there: a few times the distance of torch's float32 from float64.
 * Magnitudes are the largest published there, rounded up.
 */
export const tolerances = {
  /** Conditioning, blocks, logits and log-probabilities; the magnitude is that of the LOGITS. */
  forward: { base: 2e-6, magnitude: 1.19 },
  logProbs: { base: 3e-6, magnitude: 4.97 },
  klLoss: { base: 5e-7, magnitude: 0.08 },
  klGradients: { base: 2e-7, magnitude: 0.064 },
  logMseLoss: { base: 1e-6, magnitude: 0.165 },
  logMseGradients: { base: 1e-6, magnitude: 0.14 },
  logL1Loss: { base: 1e-5, magnitude: 21.3 },
  logL1Gradients: { base: 1e-5, magnitude: 9.01 },
  nelbo: { base: 3e-6, magnitude: 4.11 },
  gradNorm: { base: 2e-6, magnitude: 1.81 },
  nelboGradients: { base: 5e-7, magnitude: 0.271 },
  parameters: { base: 2e-6, magnitude: 1.15 },
  gpt2: { base: 2e-5, magnitude: 12.2 },
  suffixNll: { base: 1e-5, magnitude: 19.6 },
  /** Of perplexities, relative: as absolute in their logarithm, whose magnitude this is. */
  gpt2Ppl: { base: 2e-6, magnitude: 5.66 },
  lambadaPpl: { base: 3e-6, magnitude: 6.46 },
} as const satisfies Record<string, Tolerance>;

/** Of times, which are of the order of 1 whatever the folder. */
export const timeTolerance = 2e-7;

/** Of −10⁶ + a logit, in float32: one unit in the last place. */
export const maskColumnTolerance = 0.0625;

/** Sums of `width` terms, `blocks` after each other, round this much more than those of the shipped models do. */
export function roundingOf({ width, blocks }: { readonly width: number; readonly blocks: number }): number {
  return Math.max(1, Math.sqrt((width * blocks) / 64));
}

/**
 * base · max(1, magnitude/its magnitude)^1.5 · rounding: never below the base, and the base on the shipped folder.
 *
 * The power is measured: between the two sets of weights there, logits grow 5.8-fold and the suggested tolerance
 * 15-fold (5.8^1.5 = 14), because large activations make attention steep as well as round more.
 */
export function toleranceAt({ base, magnitude }: Tolerance, published: number, rounding: number): number {
  return base * Math.max(1, published / magnitude) ** 1.5 * rounding;
}

export function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) found = Math.max(found, Math.abs(values[i] as number));
  return found;
}

/** Refuses to compare lists that are not as long as each other, or empty. */
export function checkCount(name: string, got: ArrayLike<number>, published: ArrayLike<number>): void {
  if (got.length === published.length && got.length > 0) return;
  const counts = `${published.length} for ${got.length} of ours`;
  throw userError("parity", `${name}: there must be as many published values as ours`, counts, "Check the folder.");
}

export function close(
  name: string,
  got: ArrayLike<number>,
  published: ArrayLike<number>,
  tolerance: number,
  note?: string,
): Row {
  checkCount(name, got, published);
  const difference = largest(Array.from(got, (value, i) => value - (published[i] as number)));
  return { name, difference, tolerance, isOk: difference <= tolerance, values: got.length, ...(note && { note }) };
}

/** |ours/published − 1|. */
export function closeRelative(name: string, got: readonly number[], published: readonly number[], tolerance: number) {
  checkCount(name, got, published);
  const ratios = got.map((value, i) => value / (published[i] as number));
  return close(
    name,
    ratios,
    published.map(() => 1),
    tolerance,
    "relative",
  );
}

export function same(name: string, got: ArrayLike<number>, published: ArrayLike<number>): Row {
  checkCount(name, got, published);
  const difference = Array.from(got).filter((value, i) => value !== published[i]).length;
  return { name, difference, tolerance: 0, isOk: difference === 0, values: got.length };
}

/** `same` over steps, as many as were published; a difference says at which of ours (from 1) it begins. */
export function sameByStep(name: string, ours: readonly Int32Array[], published: readonly Int32Array[]): Row {
  const byStep = published.map((ids, i) => same(`${name}, ${i + 1}`, ours[i] ?? [], ids));
  const first = byStep.findIndex(({ isOk }) => !isOk);
  const sum = (of: (row: Row) => number) => byStep.reduce((total, row) => total + of(row), 0);
  const row = { name, difference: sum((r) => r.difference), tolerance: 0, values: sum((r) => r.values) };
  return first < 0 ? { ...row, isOk: true } : { ...row, isOk: false, note: `from the ${first + 1}. on` };
}
