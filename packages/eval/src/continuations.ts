/**
 * @file Continuations of prompts cut from held-out text: what MAUVE and self-BLEU across continuations are made of.
 *
 * Each piece of held-out text gives its first tokens as a prompt and itself as the human text; the model continues every
 * prompt several times. Continuation j of prompt i is sample i·C + j of one seeded set, so sets can be cut off and go on.
 */
import { createHash } from "node:crypto";
import { type Denoiser, parseSampler, sampleWith, type Tokenizer, userError } from "@sdtt/core";
import { loadSet, type SampleSet, type SamplingSettings, saveSet, setPath } from "./sampleSet.js";
import { heldOutPieces } from "./warnings.js";

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
export function promptsOf(tokenizer: Tokenizer, options: PromptOptions): Prompts {
  const { corpus, prompts, promptTokens, continuations, length } = options;
  if (promptTokens >= length) {
    const rule = `a prompt must be shorter than the text of ${length} tokens`;
    throw userError("mauve", rule, promptTokens, "Give a smaller --prompt-tokens.");
  }
  const human = heldOutPieces(corpus, tokenizer, { length, most: prompts, joined: false }).map(({ ids }) => ids);
  if (human.length < prompts) {
    const rule = `the held-out documents must give ${prompts} pieces of ${length} tokens`;
    throw userError("mauve", rule, `${human.length} (${corpus})`, "Ask for fewer --prompts or give more text.");
  }
  const facts = JSON.stringify([promptTokens, continuations, human.map((ids) => [...ids])]);
  return { human, promptTokens, continuations, hash: createHash("sha256").update(facts).digest("hex") };
}

/** Every prompt continued, all of prompt 0 first; kept in a file as far as it has come. */
export async function continuePrompts(
  root: string,
  checkpointHash: string,
  denoiser: Denoiser,
  numSteps: number,
  prompts: Prompts,
  settings: SamplingSettings,
  onStep: () => void = () => {},
): Promise<readonly Int32Array[]> {
  const { human, promptTokens, continuations, hash } = prompts;
  const { sequences, seed, temperature, topP = 1, sampler = "ancestral" } = settings;
  const length = human[0]?.length ?? 0;
  const path = setPath(root, { checkpointHash, length, steps: numSteps, prompts: hash }, settings);
  const total = human.length * continuations;
  let set: SampleSet = loadSet(path);
  for (let first = set.ids.length; first < total; first += sequences) {
    const batch = Math.min(sequences, total - first);
    const fixed = new Int32Array(batch * length).fill(-1);
    for (let i = 0; i < batch; i++) {
      const piece = human[Math.floor((first + i) / continuations)] as Int32Array;
      fixed.set(piece.subarray(0, promptTokens), i * length);
    }
    const options = { numSteps, batch, length, seed, first, temperature, topP, fixed, onStep };
    const started = performance.now();
    const drawn = await sampleWith(parseSampler(sampler), denoiser, options);
    const rows = (all: Int32Array) => Array.from({ length: batch }, (_, i) => all.slice(i * length, (i + 1) * length));
    set = {
      ids: [...set.ids, ...rows(drawn.ids)],
      revealSteps: [...set.revealSteps, ...rows(drawn.revealSteps)],
      nfe: [...set.nfe, ...drawn.nfe],
      wallMs: Math.round(set.wallMs + performance.now() - started),
    };
    if ((first / sequences) % 16 === 15) saveSet(path, set);
  }
  saveSet(path, set);
  return set.ids;
}

/** Texts of the continuations alone, by prompt. */
export function continuationTexts(texts: readonly Int32Array[], prompts: Prompts, tokenizer: Tokenizer): string[][] {
  const { continuations, promptTokens } = prompts;
  return prompts.human.map((_, i) =>
    texts.slice(i * continuations, (i + 1) * continuations).map((ids) => tokenizer.decode(ids.subarray(promptTokens))),
  );
}
