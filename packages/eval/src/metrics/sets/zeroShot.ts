/**
 * @file Zero-shot perplexity on WikiText-2 and PTB, as the field prepares them: a bound for a denoiser.
 *
 * Each line is detokenised, tokenised and ended by end-of-text; all are joined and cut into blocks of L − 2 tokens with
 * end-of-text at both ends; what is left over is dropped. Perplexity per token depends on the tokenizer, so bits per
 * byte of the text in the blocks stand beside it: only those may be compared across tokenizers.
 * Source   kuleshov-group/mdlm 06dd29f dataloader.py (`get_dataset`, `_group_texts` with wrap)
 */
import { randomStream, userError } from "@sdtt/core/base";
import { evenShare } from "@sdtt/core/diffusion";
import type { Denoiser } from "@sdtt/core/sampler";
import { type Estimated, expOf, ratioWithStderr } from "@sdtt/core/statistics";
import { type DetokenizerName, detokenize, type Tokenizer } from "@sdtt/core/text";
import type { Scorer } from "../../judge/scorer.js";
import { type MaskSet, pairedMaskSets } from "../bound/maskSets.js";
import { tokenNll } from "../lastWord/suffix.js";

/** How the lines of a set's file become its text. */
export interface TextForm {
  readonly detokenizer: DetokenizerName;
  /** A line with its break, as the set's rows have it. */
  row(line: string): string;
}

export interface Blocks {
  readonly blocks: readonly Int32Array[];
  /** Bytes of the text in each block; end-of-text is none. [blocks] */
  readonly bytes: readonly number[];
}

/** Lines with their breaks, as a program that opens the file as text sees them: CRLF and CR are line breaks too. */
const linesOf = (text: string): string[] => text.replace(/\r\n?/g, "\n").match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Throws   UserError when the text is shorter than one block */
export function blocksOf(
  set: string,
  { detokenizer, row }: TextForm,
  text: string,
  tokenizer: Tokenizer,
  length: number,
): Blocks {
  const { endOfText } = tokenizer;
  const lines = linesOf(text).map((line) => detokenize(detokenizer, row(line)));
  const ids = tokenizer.encodeBatch(lines).flatMap((line) => [...line, endOfText]);
  const size = length - 2;
  const count = Math.floor(ids.length / size);
  if (count === 0)
    throw userError(set, `the text must have ${size} tokens or more`, ids.length, "Give the whole file.");
  const inner = Array.from({ length: count }, (_, i) => ids.slice(i * size, (i + 1) * size));
  return {
    blocks: inner.map((block) => Int32Array.from([endOfText, ...block, endOfText])),
    bytes: inner.map((block) => block.reduce((sum, id) => sum + tokenizer.bytesOf(id).length, 0)),
  };
}

export interface BoundOptions {
  readonly seed: number;
  /** Rows of masks a block: half as many pairs. */
  readonly times: number;
  readonly sequences: number;
  /** The number of the first block among all: 0, or where a shard begins. */
  readonly first?: number;
}

/**
 * Sets of masks of block i. Their sizes are one low-discrepancy sequence over all blocks, so that neighbouring blocks have
 * unlike sizes and all sizes are asked as often.
 */
export function blockMasks(
  length: number,
  i: number,
  { seed, times }: Pick<BoundOptions, "seed" | "times">,
): MaskSet[] {
  const pairs = Math.max(1, Math.round(times / 2));
  const offset = randomStream(seed, "zero-shot").uniform();
  const random = randomStream(seed, "zero-shot", i);
  return Array.from({ length: pairs }, (_, pair) => {
    const share = evenShare(i * pairs + pair, offset);
    return pairedMaskSets(length, share, random);
  })
    .flat()
    .map(({ positions, weight }) => ({ positions, weight: weight / pairs }));
}

/**
 * The NELBO of each block, nats: the weighted sum over its sets of masks of Σ −ln p over the masked tokens.
 *
 * Holds    block i's figure depends on nothing but itself, the seed and i
 */
export async function blockBounds(
  denoiser: Denoiser,
  blocks: readonly Int32Array[],
  options: BoundOptions,
  onScored: (blocks: number) => void = () => {},
): Promise<number[]> {
  const { vocabSize: V, maskId } = denoiser;
  const length = blocks[0]?.length ?? 0;
  const sums = blocks.map(() => 0);
  const queries = blocks.flatMap((block, i) =>
    blockMasks(length, i + (options.first ?? 0), options).map((set) => ({ i, block, ...set })),
  );
  for (let first = 0; first < queries.length; first += options.sequences) {
    const chunk = queries.slice(first, first + options.sequences);
    const xt = new Int32Array(chunk.length * length);
    const asked = chunk.flatMap(({ block, positions }, row) => {
      xt.set(block, row * length);
      for (const j of positions) xt[row * length + j] = maskId;
      return positions.map((j) => row * length + j);
    });
    const logits = await denoiser.logits(xt, chunk.length, asked);
    asked.forEach((position, k) => {
      const { i, block, weight } = chunk[Math.floor(position / length)] as (typeof chunk)[number];
      const nll = tokenNll(logits, k * V, V, block[position % length] as number);
      sums[i] = (sums[i] as number) + weight * nll;
    });
    onScored((chunk.at(-1) as (typeof chunk)[number]).i);
  }
  onScored(blocks.length);
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
  /** Σ nats / ln 2 / Σ bytes, both of the blocks: of what was scored, and of nothing else. */
  readonly bitsPerByte: Estimated;
}

/** Figures of a set from the nats of its blocks; `counted` is the tokens of a block that count: L, or L − 1 from left to right. */
export function zeroShotOf(nats: readonly number[], counted: number, { bytes }: Blocks): ZeroShot {
  const perToken = ratioWithStderr(
    nats,
    nats.map(() => counted),
  );
  const perByte = ratioWithStderr(nats, bytes);
  return {
    perplexity: expOf(perToken),
    bitsPerByte: { value: perByte.value / Math.LN2, stderr: perByte.stderr / Math.LN2 },
  };
}
