/**
 * @file Zero-shot perplexity on WikiText-2 and PTB, as the field prepares them: a bound for a denoiser.
 *
 * Each line is detokenised, tokenised and ended by end-of-text; all are joined and cut into blocks of L − 2 tokens with
 * end-of-text at both ends; what is left over is dropped. Perplexity per token depends on the tokenizer, so bits per
 * byte of the detokenised text stand beside it: only those may be compared across tokenizers.
 * Source   kuleshov-group/mdlm 06dd29f dataloader.py (`get_dataset`, `_group_texts` with wrap)
 */
import {
  type Denoiser,
  type DetokenizerName,
  detokenize,
  maskTokens,
  randomStream,
  sampleTimes,
  type Tokenizer,
  userError,
} from "@sdtt/core";
import { type Estimated, expOf, ratioWithStderr } from "@sdtt/core/statistics";
import type { Scorer } from "../../judge/scorer.js";
import { hashOf } from "../../record/hash.js";
import { tokenNll } from "../lastWord/suffix.js";
import { readTextFile } from "./textFile.js";

export const textSets = {
  /** A row keeps its line break, as the hub's do. */
  wikitext2: { detokenizer: "wikitext", row: (line: string) => `${line}\n` },
  ptb: { detokenizer: "ptb", row: (line: string) => line.trim() },
} as const satisfies Record<string, { detokenizer: DetokenizerName; row: (line: string) => string }>;
export type TextSet = keyof typeof textSets;

export interface Blocks {
  readonly blocks: readonly Int32Array[];
  /** UTF-8 bytes of the detokenised text for each token of the blocks, ends left out. */
  readonly bytesPerToken: number;
}

/** Throws   UserError when the text is shorter than one block */
export function blocksOf(set: TextSet, text: string, tokenizer: Tokenizer, length: number): Blocks {
  const { detokenizer, row } = textSets[set];
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => detokenize(detokenizer, row(line)));
  const encoded = tokenizer.encodeBatch(lines);
  const ids = encoded.flatMap((line) => [...line, tokenizer.endOfText]);
  const size = length - 2;
  const count = Math.floor(ids.length / size);
  if (count === 0)
    throw userError(set, `the text must have ${size} tokens or more`, ids.length, "Give the whole file.");
  const blocks = Array.from({ length: count }, (_, i) =>
    Int32Array.from([tokenizer.endOfText, ...ids.slice(i * size, (i + 1) * size), tokenizer.endOfText]),
  );
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  return { blocks, bytesPerToken: bytes / encoded.reduce((sum, line) => sum + line.length, 0) };
}

export interface BoundOptions {
  readonly seed: number;
  /** Times a block. */
  readonly times: number;
  readonly sequences: number;
}

/**
 * The NELBO of each block, nats: mean over times of Σ over masked tokens of −ln p / t.
 *
 * Holds    block i's figure depends on nothing but itself, the seed and i
 */
export async function blockBounds(
  denoiser: Denoiser,
  blocks: readonly Int32Array[],
  { seed, times, sequences }: BoundOptions,
  onScored: (blocks: number) => void = () => {},
): Promise<number[]> {
  const { vocabSize: V, maskId } = denoiser;
  const sums = blocks.map(() => 0);
  const queries = blocks.flatMap((block, i) => {
    const random = randomStream(seed, "zero-shot", i);
    return Array.from(sampleTimes(random, times, 1e-5), (t) => {
      return { i, t, block, xt: maskTokens(random, block, Float64Array.of(t), maskId) };
    });
  });
  for (let first = 0; first < queries.length; first += sequences) {
    const chunk = queries.slice(first, first + sequences);
    const length = blocks[0]?.length ?? 0;
    const xt = new Int32Array(chunk.length * length);
    chunk.forEach((query, row) => {
      xt.set(query.xt, row * length);
    });
    const positions = [...xt.keys()].filter((j) => xt[j] === maskId);
    const logits = await denoiser.logits(xt, chunk.length, positions);
    positions.forEach((position, k) => {
      const { i, t, block } = chunk[Math.floor(position / length)] as (typeof chunk)[number];
      const nll = tokenNll(logits, k * V, V, block[position % length] as number);
      sums[i] = (sums[i] as number) + nll / t / times;
    });
    onScored(Math.min(blocks.length, Math.floor((first + chunk.length) / times)));
  }
  return sums;
}

/** The NLL of each block under a model that reads from left to right; its first token gives context only. */
export async function blockNlls(scorer: Scorer, blocks: readonly Int32Array[]): Promise<number[]> {
  const scores = await scorer.score(blocks);
  return scores.map((nll) => nll.reduce((sum, x) => sum + x, 0));
}

export interface ZeroShot {
  /** Per token. */
  readonly perplexity: Estimated;
  readonly bitsPerByte: Estimated;
  readonly blocks: number;
}

/** Figures of a set; `counted` is the tokens of a block that count: L for a denoiser, L − 1 from left to right. */
export function zeroShotOf(sums: readonly number[], counted: number, { bytesPerToken }: Blocks): ZeroShot {
  const nats = ratioWithStderr(
    sums,
    sums.map(() => counted),
  );
  const scale = 1 / Math.LN2 / bytesPerToken;
  return {
    perplexity: expOf(nats),
    bitsPerByte: { value: nats.value * scale, stderr: nats.stderr * scale },
    blocks: sums.length,
  };
}

/** A set's file, cut into blocks; the hash is the text's. */
export interface CutSet extends Blocks {
  readonly hash: string;
}

export function cutSet(set: TextSet, path: string, tokenizer: Tokenizer, length: number): CutSet {
  const text = readTextFile(set, path);
  const hash = hashOf(text);
  return { ...blocksOf(set, text, tokenizer, length), hash };
}
