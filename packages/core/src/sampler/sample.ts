/**
 * @file Samplers that decide for each position on its own: a rule, the sampler of a row that it makes, and the call.
 *
 * A step that reveals nothing in a row costs that row nothing: that changes no law, because what such a step reveals does not
 * depend on the network and the network not on time.
 */
import { userError } from "../base/errors.js";
import { timeGrid } from "../diffusion/timeGrid.js";
import { type Draw, inverseCdf, type RowDraw, seededStreams } from "./draw.js";
import { likeliestToken } from "./draws/categorical.js";
import { sampleRows } from "./loop.js";
import type { Denoiser } from "./network/denoiser.js";
import type { RowSampler } from "./rowSampler.js";

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

/** Throws   UserError where numSteps, temperature or top-p make no sense */
export function checkDraws(
  options: Pick<SampleOptions, "numSteps" | "temperature"> & { readonly topP?: number },
): void {
  const { numSteps, temperature = 1, topP = 1 } = options;
  if (!Number.isInteger(numSteps) || numSteps < 1) {
    const rule = "numSteps must be a positive integer";
    throw userError("sampler", rule, `${numSteps} (flag --steps)`, "Give one or more counts, as in --steps=8,32.");
  }
  if (!(temperature > 0)) {
    throw userError("sampler", "temperature must be above 0", temperature, "Give a value such as 0.9 or 1.");
  }
  if (!(topP > 0 && topP <= 1)) {
    throw userError("sampler", "top-p must be above 0 and at most 1", topP, "Give a value such as 0.9 or 1.");
  }
}

const argmax: RowDraw = {
  asked: (masked) => masked,
  token: (logits, offset, size) => likeliestToken(logits, offset, size),
};

/** The sampler of a row by a rule of K steps, under a row's draws: one step more where something is masked after the last. */
export function byPosition({ times, revealProbability, ending }: StepRule, numSteps: number) {
  const grid = times(numSteps);
  const chances = Array.from({ length: numSteps }, (_, k) =>
    revealProbability(grid[k + 1] as number, grid[k] as number),
  );
  const chanceAt = (step: number) => chances[step - 1] ?? 1;
  return (draw: RowDraw): RowSampler => {
    const drawAt = (step: number) => (step > numSteps && ending === "argmax" ? argmax : draw);
    return {
      furtherSteps: 1,
      plan: ({ masked }, step) => ({ asked: drawAt(step).asked(masked, chanceAt(step)) }),
      tokens(asked, { data, offset, size }, step) {
        const [by, chance] = [drawAt(step), chanceAt(step)];
        return asked.map((j, k) => by.token(data, offset + k * size, size, j, chance));
      },
    };
  };
}

/**
 * Samples x0 from the K-step law of a rule and a denoiser.
 *
 * Holds    a given or revealed token never changes
 * Holds    NFE ≤ min(K, L) for each sequence, one more where the ending has something to do
 * Throws   UserError when numSteps or temperature make no sense
 */
export async function sample(denoiser: Denoiser, rule: StepRule, options: SampleOptions): Promise<Samples> {
  checkDraws(options);
  const { numSteps, seed, temperature = 1 } = options;
  const streams = seededStreams(seed);
  const draw = options.draw ?? ((row) => inverseCdf(streams(row), { temperature, topP: 1 }));
  const samplerOf = byPosition(rule, numSteps);
  const { ids, nfe, revealSteps } = await sampleRows(denoiser, (row) => samplerOf(draw(row)), options);
  return { ids, nfe, revealSteps };
}

/**
 * Makes every masked position its likeliest token, all in one evaluation of the rows that have one.
 *
 * Shapes   xt [rows · L] → [rows · L]
 */
export async function denoise(denoiser: Denoiser, xt: Int32Array, length = denoiser.length): Promise<Int32Array> {
  const likeliest = byPosition({ times: timeGrid, revealProbability: () => 1, ending: "draw" }, 1)(argmax);
  const all = { numSteps: 1, batch: xt.length / length, length, fixed: xt };
  return (await sampleRows(denoiser, () => likeliest, all)).ids;
}
