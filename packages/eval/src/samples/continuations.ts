/**
 * @file Continuations of prompts cut from held-out text: what MAUVE and self-BLEU across continuations are made of.
 *
 * Each piece of held-out text gives its first tokens as a prompt and itself as the human text; the model continues every
 * prompt several times. Continuation j of prompt i is sample i·C + j of one seeded set, so sets can be cut off and go on.
 */
import { userError } from "@sdtt/core/base";
import type { Denoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { hashOf } from "../record/hash.js";
import { piecesOf } from "./heldOut.js";
import { keptSamples, type SamplingSettings, setPath } from "./sampleSet.js";

export interface Prompts {
  /** Pieces of held-out text. [prompts] of [length] */
  readonly human: readonly Int32Array[];
  readonly promptTokens: number;
  readonly continuations: number;
  /** Of all of it. */
  readonly hash: string;
}

export interface PromptOptions {
  readonly corpus: string;
  readonly prompts: number;
  readonly promptTokens: number;
  readonly continuations: number;
  /** Tokens of prompt and continuation. */
  readonly length: number;
}

/** Throws   UserError when the held-out text gives fewer pieces than prompts are asked for, or nothing is left to write */
export async function promptsOf(tokenizer: Tokenizer, options: PromptOptions): Promise<Prompts> {
  const { corpus, prompts, promptTokens, continuations, length } = options;
  if (promptTokens >= length) {
    const rule = `a prompt must be shorter than the text of ${length} tokens`;
    throw userError("mauve", rule, promptTokens, "Give a smaller --prompt-tokens.");
  }
  const human = (await piecesOf("mauve", corpus, tokenizer, length, prompts)).map(({ ids }) => ids);
  const facts = JSON.stringify([promptTokens, continuations, human.map((ids) => [...ids])]);
  return { human, promptTokens, continuations, hash: hashOf(facts) };
}

/** Every prompt continued, all of prompt 0 first; kept in a file as far as it has come. */
export async function continuePrompts(
  root: string,
  checkpointHash: string,
  denoiser: () => Denoiser,
  steps: number,
  { human, promptTokens, continuations, hash }: Prompts,
  settings: SamplingSettings,
): Promise<readonly Int32Array[]> {
  const length = human[0]?.length ?? 0;
  const path = setPath(root, { checkpointHash, length, steps, prompts: hash }, settings);
  const at = (i: number) =>
    (human[Math.floor(i / continuations)] as Int32Array).map((token, j) => (j < promptTokens ? token : -1));
  const samples = human.length * continuations;
  return (await keptSamples(path, denoiser, steps, { ...settings, samples }, { given: { length, at } })).ids;
}

/** Texts of the continuations alone, by prompt. */
export function continuationTexts(texts: readonly Int32Array[], prompts: Prompts, tokenizer: Tokenizer): string[][] {
  const { continuations, promptTokens } = prompts;
  return prompts.human.map((_, i) =>
    texts.slice(i * continuations, (i + 1) * continuations).map((ids) => tokenizer.decode(ids.subarray(promptTokens))),
  );
}
