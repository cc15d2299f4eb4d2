/**
 * @file One threshold's continuations of the calibration prompts, with what is known of each: loss, entropy, evaluations.
 */
import type { Denoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../judge/judge.js";
import { sampleEntropy } from "../metrics/text/entropy.js";
import { type Scores, scoreSamples } from "../metrics/text/genPpl.js";
import { hashOf } from "../record/hash.js";
import { type Continuing, continuationsPath, continuePrompts } from "../samples/continuations.js";
import { keptScores } from "../samples/sampleSet.js";

const definition = "gen-ppl-retokenised@1";

/** Prompts, each continued once, and what the judge says of them alone. */
export interface CalibrationPrompts extends Continuing {
  readonly scores: Scores;
}

/** The first tokens of pieces of held-out text. */
export async function calibrationPrompts(
  human: readonly Int32Array[],
  promptTokens: number,
  tokenizer: Tokenizer,
  judge: Judge,
): Promise<CalibrationPrompts> {
  const prompts = human.map((piece) => piece.subarray(0, promptTokens));
  const hash = hashOf(JSON.stringify([promptTokens, prompts.map((ids) => [...ids])]));
  return {
    human,
    promptTokens,
    continuations: 1,
    hash,
    scores: await scoreSamples(definition, prompts, tokenizer, judge),
  };
}

/** What a prompt's continuation is, without the prompt. */
export interface Continued {
  /** Nats a token of the judge's. */
  readonly nll: readonly number[];
  /** Nats, of the model's tokens. */
  readonly entropy: readonly number[];
  readonly nfe: readonly number[];
}

export interface Calibrating {
  readonly root: string;
  readonly checkpointHash: string;
  readonly denoiser: Denoiser;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  readonly prompts: CalibrationPrompts;
  readonly seed: number;
  readonly sequences: number;
}

/** Continues every prompt under `threshold:λ`, as many steps as tokens are free; kept in files as far as it has come. */
export async function continuedAt(threshold: number, of: Calibrating, onStep: () => void): Promise<Continued> {
  const { root, checkpointHash, denoiser, tokenizer, judge, prompts, seed, sequences } = of;
  const { human, promptTokens, scores: given } = prompts;
  const settings = { samples: human.length, sequences, seed, temperature: 1, sampler: `threshold:${threshold}` };
  const steps = (human[0]?.length ?? 0) - promptTokens;
  const { ids, nfe } = await continuePrompts(root, checkpointHash, () => denoiser, steps, prompts, settings, onStep);
  const path = continuationsPath(root, checkpointHash, steps, prompts, settings);
  const whole = await keptScores(path, definition, ids, tokenizer, judge);
  const nll = whole.sums.map((sum, i) => {
    const tokens = (whole.counts[i] as number) - (given.counts[i] as number);
    return tokens > 0 ? (sum - (given.sums[i] as number)) / tokens : 0;
  });
  return { nll, entropy: ids.map((row) => sampleEntropy(row.subarray(promptTokens))), nfe };
}
