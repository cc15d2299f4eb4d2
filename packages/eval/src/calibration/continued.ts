/**
 * @file One threshold's continuations of the calibration prompts, with what is known of each: loss, entropy, evaluations.
 */
import type { Denoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../judge/judge.js";
import { sampleEntropy } from "../metrics/text/entropy.js";
import { scoreSamples } from "../metrics/text/genPpl.js";
import { hashOf } from "../record/hash.js";
import { keptSamples, keptScores, setPath } from "../samples/sampleSet.js";

const definition = "gen-ppl-retokenised@1";

/** Held-out pieces whose first tokens are prompts. */
export interface CalibrationPrompts {
  readonly pieces: readonly Int32Array[];
  readonly promptTokens: number;
  /** Tokens of prompt and continuation. */
  readonly length: number;
}

/** What a prompt's continuation is, without the prompt. */
export interface Continued {
  /** Nats a token of the judge's. */
  readonly nll: readonly number[];
  /** Nats, of the model's tokens. */
  readonly entropy: readonly number[];
  readonly nfe: readonly number[];
}

export interface Continuing {
  readonly root: string;
  readonly checkpointHash: string;
  readonly denoiser: () => Denoiser;
  readonly tokenizer: Tokenizer;
  readonly judge: Judge;
  readonly prompts: CalibrationPrompts;
  readonly seed: number;
  readonly sequences: number;
}

/** Continues every prompt under `threshold:λ`, as many steps as tokens are free; kept in files as far as it has come. */
export async function continuedAt(threshold: number, of: Continuing, onStep: () => void): Promise<Continued> {
  const { root, checkpointHash, denoiser, tokenizer, judge, prompts, seed, sequences } = of;
  const { pieces, promptTokens, length } = prompts;
  const facts = JSON.stringify([promptTokens, pieces.map((ids) => [...ids.subarray(0, promptTokens)])]);
  const settings = { samples: pieces.length, sequences, seed, temperature: 1, sampler: `threshold:${threshold}` };
  const steps = length - promptTokens;
  const path = setPath(root, { checkpointHash, length, steps, prompts: hashOf(facts) }, settings);
  const at = (i: number) => (pieces[i] as Int32Array).map((token, j) => (j < promptTokens ? token : -1));
  const { ids, nfe } = await keptSamples(path, denoiser, steps, settings, { onStep, given: { length, at } });
  const whole = await keptScores(path, definition, ids, tokenizer, judge);
  const given = await scoreSamples(
    definition,
    pieces.map((piece) => piece.subarray(0, promptTokens)),
    tokenizer,
    judge,
  );
  const nll = whole.sums.map((sum, i) => {
    const tokens = (whole.counts[i] as number) - (given.counts[i] as number);
    return tokens > 0 ? (sum - (given.sums[i] as number)) / tokens : 0;
  });
  return { nll, entropy: ids.map((row) => sampleEntropy(row.subarray(promptTokens))), nfe };
}
