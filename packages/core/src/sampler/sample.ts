/**
 * @file From all masked to all revealed: the loop that every sampler shares, with network evaluations counted.
 *
 * A step that reveals nothing in a row costs that row nothing, and the head is computed for revealed positions only:
 * neither changes the law, because what a step reveals does not depend on the network and the network not on time.
 * Each row draws from streams of its own, so sample i does not depend on the batch it is in.
 */
import { userError } from "../base/errors.js";
import { type Draw, type RowDraw, seededDraw } from "./draw.js";
import { likeliestToken } from "./draws/categorical.js";
import type { Denoiser } from "./network/denoiser.js";
import { advance, startRows } from "./rows.js";

/** What tells one sampler from another. */
export interface StepRule {
  /** Times of K steps, from 1 downwards. [K + 1] */
  times(numSteps: number): Float64Array;
  /** The probability that a position masked at t is revealed by s ≤ t. */
  revealProbability(s: number, t: number): number;
  /** What becomes of positions that are masked after the last step: drawn, or their likeliest token. */
  readonly ending: "draw" | "argmax";
}

export interface SampleOptions {
  readonly numSteps: number;
  /** Sequences. */
  readonly batch: number;
  /** Tokens a sequence; default: the model's. */
  readonly length?: number;
  readonly seed: number;
  /** Index of the first sequence: sequence i of a later batch draws as if all were sampled at once. */
  readonly first?: number;
  readonly temperature?: number;
  /** Given tokens [batch · length], −1 where free: a prompt or an infill. */
  readonly fixed?: Int32Array;
  /** The rule of drawing; default: inverse CDF under `seed` and `temperature`. */
  readonly draw?: Draw;
  /** Told after each step; `ids` [batch · length] change with the next one. */
  readonly onStep?: (step: number, ids: Int32Array) => void;
}

export interface Samples {
  /** [batch · length] */
  readonly ids: Int32Array;
  /** Network evaluations of each sequence: steps that asked the network about it. [batch] */
  readonly nfe: Int32Array;
  /** Rows that the second network read for each sequence, where the sampler has one. [batch] */
  readonly partnerPasses?: Int32Array;
  /** The step (from 1) that revealed each token, K + 1 for the ending; 0 where it was given. [batch · length] */
  readonly revealSteps: Int32Array;
}

function check(options: SampleOptions): void {
  const { numSteps, temperature = 1 } = options;
  if (!Number.isInteger(numSteps) || numSteps < 1) {
    const rule = "numSteps must be a positive integer";
    throw userError("sampler", rule, `${numSteps} (flag --steps)`, "Give one or more counts, as in --steps=8,32.");
  }
  if (!(temperature > 0)) {
    throw userError("sampler", "temperature must be above 0", temperature, "Give a value such as 0.9 or 1.");
  }
}

const argmax: RowDraw = {
  asked: (masked) => masked,
  token: (logits, offset, size) => likeliestToken(logits, offset, size),
};

/**
 * Samples x0 from the K-step law of a rule and a denoiser.
 *
 * Holds    a given or revealed token never changes
 * Holds    NFE ≤ min(K, L) for each sequence, one more where the ending has something to do
 * Throws   UserError when numSteps or temperature make no sense
 */
export async function sample(denoiser: Denoiser, rule: StepRule, options: SampleOptions): Promise<Samples> {
  check(options);
  const { numSteps, batch: count, length = denoiser.length, seed, first, temperature = 1 } = options;
  const ids = new Int32Array(count * length).fill(denoiser.maskId);
  options.fixed?.forEach((token, i) => {
    if (token >= 0) ids[i] = token;
  });
  const batch = startRows(ids, length, denoiser.maskId, options.draw ?? seededDraw(seed, temperature), first, seed);
  const times = rule.times(numSteps);
  for (let step = 1; step <= numSteps; step++) {
    const probability = rule.revealProbability(times[step] as number, times[step - 1] as number);
    await advance(denoiser, batch, step, probability);
    options.onStep?.(step, ids);
  }
  if (batch.rows.some(({ masked }) => masked.length > 0)) {
    await advance(denoiser, batch, numSteps + 1, 1, rule.ending === "argmax" ? () => argmax : undefined);
  }
  return { ids, nfe: batch.nfe, revealSteps: batch.revealSteps };
}

/**
 * Makes every masked position its likeliest token, all in one evaluation of the rows that have one.
 *
 * Shapes   xt [rows · L] → [rows · L]
 */
export async function denoise(denoiser: Denoiser, xt: Int32Array, length = denoiser.length): Promise<Int32Array> {
  const batch = startRows(xt.slice(), length, denoiser.maskId, () => argmax);
  await advance(denoiser, batch, 1, 1);
  return batch.ids;
}
