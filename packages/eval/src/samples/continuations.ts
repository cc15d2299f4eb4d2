/**
 * @file Continuations of prompts cut from held-out text: what MAUVE and self-BLEU across continuations are made of.
 *
 * Each piece of held-out text gives its first tokens as a prompt and itself as the human text; the model continues every
 * prompt several times. Continuation j of prompt i is sample i·C + j of one seeded set, so sets can be cut off and go on.
 */
import { randomStream, userError } from "@sdtt/core/base";
import type { Denoiser } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { enough, heldOutPieces } from "../metrics/texts/heldOut.js";
import { spread } from "../metrics/texts/spread.js";
import { hashOf } from "../record/hash.js";
import { keptSamples, type SampleSet, type SamplingSettings, setPath } from "./sampleSet.js";

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
  const found = await heldOutPieces(corpus, tokenizer, { length, most: Number.MAX_SAFE_INTEGER, joined: false });
  const all = enough("mauve", corpus, length, prompts, found).map(({ ids }) => ids);
  const human = spread(all, prompts);
  const facts = JSON.stringify([promptTokens, continuations, human.map((ids) => [...ids])]);
  const taken = new Set(human.map(String));
  const others = all.filter((ids) => !taken.has(String(ids)));
  return { human, others: spread(others, prompts * continuations), promptTokens, continuations, hash: hashOf(facts) };
}

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

/** Prompts, and how often each is continued. */
export type Continuing = Omit<Prompts, "others">;

/** Where `continuePrompts` keeps them. */
export function continuationsPath(
  root: string,
  checkpointHash: string,
  steps: number,
  { human, hash }: Continuing,
  settings: SamplingSettings,
): string {
  return setPath(root, { checkpointHash, length: human[0]?.length ?? 0, steps, prompts: hash }, settings);
}

/** Every prompt continued, all of prompt 0 first; kept in a file as far as it has come. */
export async function continuePrompts(
  root: string,
  checkpointHash: string,
  denoiser: () => Denoiser,
  steps: number,
  prompts: Continuing,
  settings: SamplingSettings,
  onStep?: () => void,
): Promise<SampleSet> {
  const { human, promptTokens, continuations } = prompts;
  const length = human[0]?.length ?? 0;
  const path = continuationsPath(root, checkpointHash, steps, prompts, settings);
  const at = (i: number) =>
    (human[Math.floor(i / continuations)] as Int32Array).map((token, j) => (j < promptTokens ? token : -1));
  const samples = human.length * continuations;
  return keptSamples(path, denoiser, steps, { ...settings, samples }, { onStep, given: { length, at } });
}

/** Texts of the continuations alone, by prompt. */
export function continuationTexts(texts: readonly Int32Array[], prompts: Prompts, tokenizer: Tokenizer): string[][] {
  const { continuations, promptTokens } = prompts;
  return prompts.human.map((_, i) =>
    texts.slice(i * continuations, (i + 1) * continuations).map((ids) => tokenizer.decode(ids.subarray(promptTokens))),
  );
}
