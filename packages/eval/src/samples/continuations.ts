/**
 * @file Continuations of prompts cut from held-out text: what MAUVE and self-BLEU across continuations are made of.
 *
 * Each piece of held-out text gives its first tokens as a prompt and itself as the human text; the model continues every
 * prompt several times. Continuation j of prompt i is sample i·C + j of one seeded set, so sets can be cut off and go on.
 */
import { randomStream, userError } from "@sdtt/core/base";
import type { Denoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { heldOutPieces, piecesOf } from "../metrics/texts/heldOut.js";
import { hashOf } from "../record/hash.js";
import { keptSamples, type SamplingSettings, setPath } from "./sampleSet.js";

export interface Prompts {
  /** Pieces of held-out text. [prompts] of [length] */
  readonly human: readonly Int32Array[];
  /** Held-out pieces that are no prompts, at most as many as all continuations. */
  readonly others: readonly Int32Array[];
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
  const all = await heldOutPieces(corpus, tokenizer, { length, most: Number.MAX_SAFE_INTEGER, joined: false });
  const taken = new Set(human.map(String));
  const others = all.map(({ ids }) => ids).filter((ids) => !taken.has(String(ids)));
  return { human, others: spread(others, prompts * continuations), promptTokens, continuations, hash: hashOf(facts) };
}

const spread = <T>(all: readonly T[], most: number): T[] => {
  const count = Math.min(most, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
};

/** Each prompt with as many continuations of its own, whose tokens are those of all human texts in random order. */
export function shuffledTexts({ human, promptTokens, continuations }: Prompts, seed: number): Int32Array[] {
  const pool = human.flatMap((ids) => [...ids.subarray(promptTokens)]);
  const length = human[0]?.length ?? 0;
  return Array.from({ length: continuations }, (_, round) => {
    const order = randomStream(seed, "shuffled text", round).permutation(pool.length);
    const written = length - promptTokens;
    return human.map((ids, i) =>
      ids.map((token, j) =>
        j < promptTokens ? token : (pool[order[i * written + j - promptTokens] as number] as number),
      ),
    );
  }).flat();
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
