/**
 * @file The sets of last words: which passages, what their figures are, and how they are measured.
 *
 * Perplexity is exp of the mean NLL of whole words, as the field reports it: per word, not per token.
 */

import { type Estimated, expOf, meanWithStderr, shareWithStderr } from "@sdtt/core/statistics";
import { canonicalJson } from "@sdtt/core/workspace";
import { hashOf, timedHash } from "../../record/hash.js";
import { exactTokens } from "../bound/maskSets.js";
import { type Asked, asksCausally, type OpenedSet, type SetFigure } from "../dataSet.js";
import { spread } from "../texts/spread.js";
import { lambadaPassages, lastWordPassages, type Passage } from "./lastWord.js";
import { maskedItems, scoreSorted } from "./scoreItems.js";
import { cutText, itemOf, type SuffixScore } from "./suffix.js";

export type PassageSetName = "lambada" | "last-word";

/**
 * `last-word` at version 1 put end-of-text after the word, as LAMBADA does. Bounds of the version before took times and
 * masks at random, with weights up to 1e5.
 */
const versions: Readonly<Record<string, number>> = {
  "last-word-accuracy": 2,
  "last-word-ppl": 2,
  "last-word-ppl-bound": 3,
  "lambada-ppl-bound": 2,
};

/** Accuracy and perplexity; a denoiser's is a bound and says so in its name. */
export function passageFigures(set: PassageSetName, causal: boolean): [SetFigure, SetFigure] {
  const names = [`${set}-accuracy`, `${set}-ppl${causal ? "" : "-bound"}`] as const;
  const [accuracy, ppl] = names.map((name) => ({ name, version: versions[name] ?? 1, errorOver: "items" as const }));
  return [
    {
      ...(accuracy as { name: string; version: number; errorOver: "items" }),
      what: `last words of ${set} that are guessed${causal ? " token by token" : ", all their tokens in one pass"}`,
      ...{ unit: "share", scale: "linear", better: "higher", onePass: !causal },
    },
    {
      ...(ppl as { name: string; version: number; errorOver: "items" }),
      what: `exp of the mean ${causal ? "nats" : "bound on the nats"} of a last word of ${set}`,
      ...{ unit: "perplexity", scale: "log", better: "lower" },
    },
  ];
}

interface Figure {
  readonly metric: string;
  readonly estimate: Estimated;
  /** Hits, or nats, passage by passage. */
  readonly sums: readonly number[];
}

/** Its figures from the scores of all passages. */
export function figuresOf(set: PassageSetName, scores: readonly SuffixScore[], causal: boolean): Figure[] {
  const hits = scores.map(({ correct }) => Number(correct));
  const nats = scores.map(({ nll }) => nll);
  const [accuracy, ppl] = passageFigures(set, causal);
  const total = hits.reduce((sum, hit) => sum + hit, 0);
  return [
    { metric: accuracy.name, estimate: shareWithStderr(total, scores.length), sums: hits },
    { metric: ppl.name, estimate: expOf(meanWithStderr(nats)), sums: nats },
  ];
}

export interface PassageRequest {
  /** "last-word", or LAMBADA's file: a record or a line a passage. */
  readonly source: string;
  readonly corpus: string;
  readonly words: number;
  readonly items?: number | undefined;
}

export interface PassageSet {
  readonly set: PassageSetName;
  readonly passages: readonly Passage[];
  /** "12 of 5153 passages end in white space, which was left off", or nothing. */
  readonly cutEnds?: string | undefined;
  /** Of the passages: it stands where a judge's would, since the set is what the figures are held against. */
  readonly hash: string;
}

/** The passages of LAMBADA's file, or of the held-out documents; `items` of them, spread over all. */
export async function passageSet({ source, corpus, words, items }: PassageRequest): Promise<PassageSet> {
  const set = source === "last-word" ? "last-word" : "lambada";
  const all = set === "last-word" ? { passages: await lastWordPassages(corpus, words) } : await lambadaPassages(source);
  const passages = spread(all.passages, items ?? all.passages.length);
  return { ...all, set, passages, hash: hashOf(canonicalJson(passages)) };
}

/** Rows of masks of a word of more than six tokens; other numbers are part of what a row is known by. */
export const passageTimes = 8;

/**
 * The set as it is asked of a model; LAMBADA's rows are closed by end-of-text for a denoiser, as published.
 *
 * Throws   UserError for a word that does not fit
 */
export function openPassages({ set, passages, hash, cutEnds }: PassageSet, asked: Asked): OpenedSet<SuffixScore> {
  const { engine, checkpoint, tokenizer, seed, sequences, times = passageTimes } = asked;
  const { length } = checkpoint.model;
  const causal = asksCausally(asked);
  const closed = set === "lambada" && !causal;
  const items = passages.map((passage) => itemOf(passage, tokenizer, length, closed));
  const isDrawn = !causal && items.some(({ from, to }) => to - from > exactTokens);
  return {
    ...{ figures: passageFigures(set, causal), hash, items: hash, n: passages.length },
    ...(isDrawn && { drawnHash: times === passageTimes ? hash : timedHash(hash, times) }),
    notes: [cutText(items, `passages of ${set}`, length) ?? [], cutEnds ?? []].flat(),
    rows: items.length,
    score(from, to, onShare) {
      const onScored = (done: number) => onShare(done / (to - from));
      const masked = maskedItems(checkpoint, items, { seed, times }).slice(from, to);
      return scoreSorted(engine, checkpoint, masked, sequences, onScored);
    },
    estimate(scores) {
      const found = figuresOf(set, scores, causal);
      return Object.fromEntries(found.map(({ metric, estimate, sums }) => [metric, { ...estimate, sums }]));
    },
  };
}
