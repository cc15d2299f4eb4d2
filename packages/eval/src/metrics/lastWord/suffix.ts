/**
 * @file Likelihood and argmax of a passage's last word, for denoisers and for models that read from left to right.
 *
 * A denoiser guesses all tokens of the word in one pass, everything else given; its likelihood is bounded by the NELBO.
 * A causal model is asked token by token and gives the likelihood itself. A denoiser's attention looks both ways, so its
 * rows are never padded: items of one length run together.
 */
import { userError } from "@sdtt/core/base";
import { type Denoiser, likeliestToken, logSumExp, type Network } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import type { MaskSet } from "../bound/maskSets.js";
import type { OnShare } from "../dataSet.js";
import type { Passage } from "./lastWord.js";

/** A row of ids with the word at [from, to). */
export interface Item {
  readonly ids: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** An item made of a text, with the tokens of it that were cut off at the left to fit. */
export interface FittedItem extends Item {
  readonly cut: number;
}

export interface SuffixScore {
  /** Whether every token of the word was the likeliest. */
  readonly correct: boolean;
  /** −ln p of the word, summed over its tokens, nats; a bound for a denoiser. */
  readonly nll: number;
}

/**
 * End-of-text, passage, word, and end-of-text again where the row is `closed`; too long a row is cut from the left.
 *
 * LAMBADA is closed for a denoiser, as published. A passage that was cut out of running text is not: end-of-text where a
 * document never ends tells a denoiser that the word before it is a full stop.
 *
 * Throws   UserError when the word alone does not fit, or has no tokens
 */
export function itemOf(passage: Passage, tokenizer: Tokenizer, longest: number, closed: boolean): FittedItem {
  const { endOfText } = tokenizer;
  const [context, word] = [tokenizer.encode(passage.context), tokenizer.encode(passage.word)];
  const tail = closed ? [endOfText] : [];
  const whole = Int32Array.from([endOfText, ...context, ...word, ...tail]);
  const cut = Math.max(0, whole.length - longest);
  const ids = whole.slice(cut);
  const to = ids.length - tail.length;
  const from = to - word.length;
  if (word.length > 0 && from >= 1) return { ids, from, to, cut };
  const rule = `the last word must have 1 to ${longest - 1 - tail.length} tokens`;
  throw userError(`lambada ${passage.id}`, rule, word.length, "Drop this passage, or take a longer model.");
}

/** "5049 of 5153 passages cut from the left to 128 tokens", or nothing where all fit. */
export function cutText(items: readonly FittedItem[], what: string, longest: number): string | undefined {
  const count = items.filter(({ cut }) => cut > 0).length;
  return count === 0 ? undefined : `${count} of ${items.length} ${what} cut from the left to ${longest} tokens`;
}

/** An item with the sets of masks that its bound is a weighted sum over; positions count from the word's first token. */
export interface MaskedItem {
  readonly item: Item;
  readonly masks: readonly MaskSet[];
}

/** One row to be run: an item under one pattern of masks. */
interface Query {
  readonly item: Item;
  readonly masked: readonly number[];
}

interface Answer {
  readonly likeliest: readonly number[];
  /** Of the token that stands at each masked position. */
  readonly nll: readonly number[];
}

/** −ln p(token) at a row of `size` logits, of which the last, the mask token's, never occurs. */
export const tokenNll = (logits: Float32Array, offset: number, size: number, token: number): number =>
  logSumExp(logits, offset, size) - (logits[offset + token] as number);

/** Runs queries of one length in chunks of `sequences`; the last chunk is filled up, to spare it a program. */
async function ask(
  denoiser: Denoiser,
  queries: readonly Query[],
  sequences: number,
  onShare: OnShare,
): Promise<Answer[]> {
  const length = (queries[0] as Query).item.ids.length;
  const rows = Math.min(sequences, queries.length);
  const { vocabSize } = denoiser;
  const answers: Answer[] = [];
  for (let first = 0; first < queries.length; first += rows) {
    const chunk = queries.slice(first, first + rows);
    const xt = new Int32Array(rows * length);
    chunk.forEach(({ item, masked }, row) => {
      xt.set(item.ids, row * length);
      for (const j of masked) xt[row * length + j] = denoiser.maskId;
    });
    const logits = await denoiser.logits(
      xt,
      rows,
      chunk.flatMap(({ masked }, row) => masked.map((j) => row * length + j)),
    );
    let taken = 0;
    for (const { item, masked } of chunk) {
      const offsets = masked.map(() => vocabSize * taken++);
      answers.push({
        likeliest: offsets.map((offset) => likeliestToken(logits, offset, vocabSize)),
        nll: masked.map((j, i) => tokenNll(logits, offsets[i] as number, vocabSize, item.ids[j] as number)),
      });
    }
    onShare(answers.length / queries.length);
  }
  return answers;
}

/**
 * Argmax and bound of items of ONE length under a denoiser: the weighted sum over sets of masks of Σ −ln p over the masked
 * tokens; equal sets of one item run once.
 */
export async function scoreDenoised(
  denoiser: Denoiser,
  items: readonly MaskedItem[],
  sequences: number,
  onShare: OnShare = () => {},
): Promise<SuffixScore[]> {
  const queries: Query[] = [];
  const indexOf = new Map<string, number>();
  const indexFor = (owner: number, item: Item, masked: readonly number[]) => {
    const key = `${owner}:${masked}`;
    if (!indexOf.has(key)) indexOf.set(key, queries.push({ item, masked }) - 1);
    return indexOf.get(key) as number;
  };
  const plans = items.map(({ item, masks }, owner) => {
    const word = Array.from({ length: item.to - item.from }, (_, k) => item.from + k);
    const parts = masks.map(({ positions, weight }) => {
      return {
        weight,
        index: indexFor(
          owner,
          item,
          positions.map((k) => item.from + k),
        ),
      };
    });
    return { word, whole: indexFor(owner, item, word), parts };
  });
  const answers = await ask(denoiser, queries, sequences, onShare);
  return items.map(({ item }, i) => {
    const { word, whole, parts } = plans[i] as (typeof plans)[number];
    const { likeliest } = answers[whole] as Answer;
    const nats = (index: number) => (answers[index] as Answer).nll.reduce((sum, x) => sum + x, 0);
    return {
      correct: word.every((j, k) => likeliest[k] === item.ids[j]),
      nll: parts.reduce((sum, { weight, index }) => sum + weight * nats(index), 0),
    };
  });
}

/**
 * Greedy decoding and exact NLL under a causal model. Greedy decoding gives the word exactly when each of its tokens
 * is the likeliest after those before it, so one pass over the true text decides.
 *
 * Holds    padding on the right changes nothing
 */
export async function scoreCausal(
  model: Network,
  items: readonly Item[],
  sequences: number,
  onShare: OnShare = () => {},
): Promise<SuffixScore[]> {
  const { vocabSize } = model;
  const length = Math.max(...items.map(({ ids }) => ids.length));
  const rows = Math.min(sequences, items.length);
  const scores: SuffixScore[] = [];
  for (let first = 0; first < items.length; first += rows) {
    const chunk = items.slice(first, first + rows);
    const xt = new Int32Array(rows * length);
    chunk.forEach(({ ids }, row) => {
      xt.set(ids, row * length);
    });
    const tokens = chunk.flatMap(({ ids, from, to }, row) =>
      Array.from({ length: to - from }, (_, k) => ({
        row,
        position: row * length + from + k - 1,
        id: ids[from + k] as number,
      })),
    );
    const logits = await model.logits(
      xt,
      rows,
      tokens.map(({ position }) => position),
    );
    const correct = chunk.map(() => true);
    const nll = chunk.map(() => 0);
    tokens.forEach(({ row, id }, i) => {
      if (likeliestToken(logits, i * vocabSize, vocabSize) !== id) correct[row] = false;
      nll[row] = (nll[row] as number) + tokenNll(logits, i * vocabSize, vocabSize, id);
    });
    chunk.forEach((_, row) => {
      scores.push({ correct: correct[row] as boolean, nll: nll[row] as number });
    });
    onShare(scores.length / items.length);
  }
  return scores;
}
