/**
 * @file The sets of last words: which passages, what their figures are known by, and how they are measured.
 *
 * Perplexity is exp of the mean NLL of whole words, as the field reports it: per word, not per token.
 */
import { canonicalJson, type Engine, type Tokenizer } from "@sdtt/core";
import { type Estimated, expOf, meanWithStderr, shareWithStderr } from "@sdtt/core/statistics";
import type { EvaluationIdentity } from "@sdtt/core/store";
import { type Checkpoint, isCausal } from "../../record/checkpoint.js";
import { precision } from "../../record/evaluationRun.js";
import { hashOf, timedHash } from "../../record/hash.js";
import { type MeasuredRow, unseeded } from "../../record/measured.js";
import type { ItemsPlace } from "../../shards/keptItems.js";
import { exactTokens } from "../bound/maskSets.js";
import { lambadaPassages, lastWordPassages, type Passage, spread } from "./lastWord.js";
import { type ScoreOptions, scoreItems } from "./scoreItems.js";
import { type Item, itemOf, type SuffixScore } from "./suffix.js";

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
const definitionOf = (metric: string): string => `${metric}@${versions[metric] ?? 1}`;

interface Figure {
  readonly metric: string;
  readonly estimate: Estimated;
  readonly onePass: boolean;
  /** Hits, or nats, passage by passage. */
  readonly sums: readonly number[];
}

/** Accuracy and perplexity; a denoiser's is a bound and says so in its name. */
export function figuresOf(set: "lambada" | "last-word", scores: readonly SuffixScore[], causal: boolean): Figure[] {
  const hits = scores.map(({ correct }) => Number(correct));
  const accuracy = shareWithStderr(
    hits.reduce((sum, hit) => sum + hit, 0),
    scores.length,
  );
  const nats = scores.map(({ nll }) => nll);
  return [
    { metric: `${set}-accuracy`, estimate: accuracy, onePass: !causal, sums: hits },
    {
      metric: `${set}-ppl${causal ? "" : "-bound"}`,
      estimate: expOf(meanWithStderr(nats)),
      onePass: false,
      sums: nats,
    },
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
  readonly set: "lambada" | "last-word";
  readonly passages: readonly Passage[];
  /** Of the passages: it stands where a judge's would, since the set is what the figures are held against. */
  readonly hash: string;
}

/** The passages of LAMBADA's file, or of the held-out documents; `items` of them, spread over all. */
export async function passageSet({ source, corpus, words, items }: PassageRequest): Promise<PassageSet> {
  const set = source === "last-word" ? "last-word" : "lambada";
  const all = await (set === "last-word" ? lastWordPassages(corpus, words) : lambadaPassages(source));
  const passages = spread(all, items ?? all.length);
  return { set, passages, hash: hashOf(canonicalJson(passages)) };
}

/** Sets of masks of a word of more than six tokens; other numbers are part of what a row is known by. */
export const passageTimes = 8;

/** What the figures of a checkpoint on a set are known by, before they are measured. */
export function passageIdentities(
  { hash: checkpointHash, model }: Pick<Checkpoint, "hash" | "model">,
  { set, passages, hash }: PassageSet,
  items: readonly Item[],
  { seed, times }: { readonly seed: number; readonly times: number },
): EvaluationIdentity[] {
  const causal = isCausal(model);
  const isDrawn = !causal && items.some(({ from, to }) => to - from > exactTokens);
  const common = { checkpointHash, temperature: 1, n: passages.length };
  const bound = { judgeHash: isDrawn && times !== passageTimes ? timedHash(hash, times) : hash, seed };
  return figuresOf(set, [], causal).map(({ metric, onePass }) => {
    const draws = isDrawn && !onePass ? bound : { judgeHash: hash, seed: unseeded };
    return { ...common, ...draws, metric, definition: definitionOf(metric), ...(onePass && { steps: 1 }) };
  });
}

/**
 * The set as rows of ids; LAMBADA's are closed by end-of-text for a denoiser, as published.
 *
 * Throws   UserError for a word that does not fit
 */
export function passageItems(
  { set, passages }: PassageSet,
  { model }: Pick<Checkpoint, "model">,
  tokenizer: Tokenizer,
) {
  const closed = set === "lambada" && !isCausal(model);
  return passages.map((passage) => itemOf(passage, tokenizer, model.length, closed));
}

/** Scores a set and gives the rows to be stored, with what they are made of. */
export async function measurePassages(
  engine: Engine,
  checkpoint: Checkpoint,
  of: PassageSet,
  items: readonly Item[],
  options: ScoreOptions & ItemsPlace & { readonly runId: string },
  onScored: (items: number) => void,
): Promise<MeasuredRow[]> {
  const causal = isCausal(checkpoint.model);
  const started = performance.now();
  const scores = await scoreItems(engine, checkpoint, items, options, onScored);
  if (options.shard) return [];
  const { round, weights, control } = checkpoint;
  const made = { runId: options.runId, round, weights, control, dtype: precision };
  const wallMs = performance.now() - started;
  const identities = passageIdentities(checkpoint, of, items, options);
  return figuresOf(of.set, scores, causal).map(({ estimate, onePass, sums }, i) => {
    const row = { ...(identities[i] as EvaluationIdentity), ...made, wallMs, ...estimate, ...(onePass && { nfe: 1 }) };
    return { row, items: { items: of.hash, sums } };
  });
}
