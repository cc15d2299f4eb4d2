/**
 * @file Generative perplexity: exp of the mean token NLL of samples under a judge, by two definitions of the field.
 *
 * They differ in which tokens are counted, and so never share a curve. Neither knows whether the text is varied:
 * entropy stands beside it.
 */

import { type Estimated, expOf, ratioWithStderr } from "@sdtt/core/statistics";
import type { Tokenizer } from "@sdtt/core/text";
import type { Judge } from "../../judge/judge.js";
import type { FigureDeclaration } from "../contract.js";

const genPplDefinitions = ["gen-ppl-retokenised@1", "gen-ppl-raw-ids@1"] as const;
export type GenPplDefinition = (typeof genPplDefinitions)[number];

const declared = {
  name: "gen-ppl",
  version: 1,
  unit: "perplexity",
  scale: "log",
  better: "matched",
  errorOver: "samples",
} as const;
export const genPplFigures: readonly FigureDeclaration[] = [
  {
    ...declared,
    definition: "gen-ppl-retokenised",
    what: "perplexity of samples under the judge, in its own tokens of the decoded text, to the first end-of-text",
  },
  {
    ...declared,
    definition: "gen-ppl-raw-ids",
    what: "perplexity of samples under the judge, of the ids as they are, every position but the first",
  },
];

/** What a definition asks of samples and judge, before anything is scored. */
export interface SampleKind {
  readonly tokenizer: Tokenizer;
  /** Tokens of a sample. */
  readonly length: number;
}

interface Rule {
  applies(kind: SampleKind, judge: Pick<Judge, "tokenizer" | "length">): boolean;
  /** The judge's ids whose likelihood counts, from the second on. */
  judged(ids: Int32Array, kind: SampleKind, judge: Pick<Judge, "tokenizer" | "length">): Int32Array;
}

/** Up to and with the first end-of-text that has something before it; then no longer than the judge reads. */
function firstText(ids: Int32Array, endOfText: number, longest: number): Int32Array {
  const end = ids.indexOf(endOfText, 1);
  return ids.subarray(0, Math.min(longest, end < 0 ? ids.length : end + 1));
}

const rules: Record<GenPplDefinition, Rule> = {
  // kuleshov-group/mdlm c112c52, and DUO: decoded, tokenised by the judge, to the first end-of-text.
  "gen-ppl-retokenised@1": {
    applies: () => true,
    judged: (ids, { tokenizer }, judge) =>
      firstText(judge.tokenizer.encode(tokenizer.decode(ids)), judge.tokenizer.endOfText, judge.length),
  },
  // jdeschena/sdtt 9172b86, run_eval.py:226-258: the ids as they are, every position but the first.
  "gen-ppl-raw-ids@1": {
    applies: ({ tokenizer, length }, judge) => tokenizer.hash === judge.tokenizer.hash && length <= judge.length,
    judged: (ids) => ids,
  },
};

/** The definitions that can be had: raw ids only where judge and model share a tokenizer, and samples fit the judge. */
export function definitionsFor(kind: SampleKind, judge: Pick<Judge, "tokenizer" | "length">): GenPplDefinition[] {
  return genPplDefinitions.filter((name) => rules[name].applies(kind, judge));
}

/** What a judge said of each sample: Σ NLL, nats, and how many tokens counted. */
export interface Scores {
  readonly sums: readonly number[];
  readonly counts: readonly number[];
}

export interface GenPpl extends Estimated {
  readonly definition: GenPplDefinition;
  /** Tokens counted, over all samples. */
  readonly tokens: number;
  /** Mean NLL of each sample, nats; NaN where no token of it counts. */
  readonly sampleNll: readonly number[];
  readonly scores: Scores;
}

/** Scores samples as the definition asks; a sample's first token gives context only. */
export async function scoreSamples(
  definition: GenPplDefinition,
  samples: readonly Int32Array[],
  tokenizer: Tokenizer,
  judge: Judge,
): Promise<Scores> {
  const judged = samples.map((ids) => rules[definition].judged(ids, { tokenizer, length: ids.length }, judge));
  const scores = await judge.score(judged);
  return {
    sums: scores.map((nll) => nll.reduce((sum, x) => sum + x, 0)),
    counts: scores.map((nll) => nll.length),
  };
}

/**
 * exp(Σ NLL / Σ tokens) over all samples.
 *
 * Units    stderr in perplexity, by the delta method over samples, which differ in tokens
 * Holds    NaN when no sample has two tokens
 */
export function genPplOf(definition: GenPplDefinition, { sums, counts }: Scores): GenPpl {
  return {
    definition,
    ...expOf(ratioWithStderr(sums, counts)),
    tokens: counts.reduce((sum, count) => sum + count, 0),
    sampleNll: sums.map((sum, i) => sum / (counts[i] as number)),
    scores: { sums, counts },
  };
}

/** `genPplOf` what `scoreSamples` found. */
export async function genPpl(
  definition: GenPplDefinition,
  samples: readonly Int32Array[],
  tokenizer: Tokenizer,
  judge: Judge,
): Promise<GenPpl> {
  return genPplOf(definition, await scoreSamples(definition, samples, tokenizer, judge));
}
