/**
 * @file What stands beside generative perplexity: how varied samples are, each within itself and all together.
 *
 * Gen-PPL rewards text that repeats itself and a model that says one thing only; each figure here sees one such way of
 * being too good. Distinct n-grams and self-BLEU count words, so that tokenizers can be compared.
 */
import type { Tokenizer } from "@sdtt/core";
import { type Estimated, mean, meanWithStderr } from "@sdtt/core/statistics";
import { sampleEntropy } from "./entropy.js";
import { countsOf, Ngrams } from "./ngrams.js";
import { selfBleu } from "./selfBleu.js";

export interface Sampled {
  readonly ids: Int32Array;
  readonly text: string;
}

export const sampledTexts = (ids: readonly Int32Array[], tokenizer: Tokenizer): Sampled[] =>
  ids.map((one) => ({ ids: one, text: tokenizer.decode(one) }));

/**
 * Different n-grams over all n-grams, of all texts together.
 *
 * Units    stderr by the jackknife over texts
 * Source   arXiv 1510.03055 (distinct-n)
 */
export function distinct(texts: readonly string[], n: number): Estimated {
  const ngrams = new Ngrams();
  const each = texts.map((text) => ngrams.of(ngrams.words(text), n)[n - 1] as number[]);
  const counts = countsOf(each.flat());
  const total = each.reduce((sum, grams) => sum + grams.length, 0);
  const without = each.map((grams) => {
    let gone = 0;
    for (const [gram, count] of countsOf(grams)) if (counts.get(gram) === count) gone++;
    return (counts.size - gone) / (total - grams.length);
  });
  const m = texts.length;
  const centre = mean(without);
  const squares = without.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return { value: counts.size / total, stderr: m > 1 ? Math.sqrt(((m - 1) / m) * squares) : Number.NaN };
}

/** The share of 4-grams in a sample that occurred before in it. Source   arXiv 1908.04319 (seq-rep-4) */
export function repeatedShare(ids: Int32Array): number {
  const grams = new Ngrams().of(ids, 4)[3] as number[];
  return grams.length === 0 ? 0 : 1 - new Set(grams).size / grams.length;
}

/** Tokens up to the first end-of-text that has something before it. */
export function textLength(ids: Int32Array, endOfText: number): number {
  const end = ids.indexOf(endOfText, 1);
  return end < 0 ? ids.length : end;
}

interface Figure {
  readonly definition: string;
  /** Which side of held-out text means that samples are sharper, or more alike, than text is. */
  readonly suspicious: "below" | "above";
  readonly means: string;
  compute(samples: readonly Sampled[], endOfText: number): Estimated;
}

const texts = (samples: readonly Sampled[]) => samples.map(({ text }) => text);

/** Every figure beside gen-PPL, by its metric's name in the store. */
export const figures = {
  entropy: {
    definition: "sample-entropy@1",
    suspicious: "below",
    means: "each sample uses too few different tokens",
    compute: (samples) => meanWithStderr(samples.map(({ ids }) => sampleEntropy(ids))),
  },
  "distinct-1": {
    definition: "distinct-1-words@1",
    suspicious: "below",
    means: "all samples draw on too few words",
    compute: (samples) => distinct(texts(samples), 1),
  },
  "distinct-2": {
    definition: "distinct-2-words@1",
    suspicious: "below",
    means: "all samples draw on too few phrases",
    compute: (samples) => distinct(texts(samples), 2),
  },
  "self-bleu": {
    definition: "self-bleu-4-words@1",
    suspicious: "above",
    means: "samples are like each other",
    compute: (samples) => selfBleu(texts(samples)),
  },
  "repeated-4": {
    definition: "repeated-4-tokens@1",
    suspicious: "above",
    means: "samples repeat themselves",
    compute: (samples) => meanWithStderr(samples.map(({ ids }) => repeatedShare(ids))),
  },
  length: {
    definition: "tokens-to-end-of-text@1",
    suspicious: "below",
    means: "samples end early",
    compute: (samples, endOfText) => meanWithStderr(samples.map(({ ids }) => textLength(ids, endOfText))),
  },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof figures;
export const figureNames = Object.keys(figures) as FigureName[];
/** Those with rows of their own: entropy stands in gen-PPL's. */
export const judgelessFigures = figureNames.filter((name) => name !== "entropy");
export type Diversity = Readonly<Record<FigureName, Estimated>>;

export function diversityOf(samples: readonly Sampled[], endOfText: number): Diversity {
  const entries = figureNames.map((name) => [name, figures[name].compute(samples, endOfText)] as const);
  return Object.fromEntries(entries) as Diversity;
}
