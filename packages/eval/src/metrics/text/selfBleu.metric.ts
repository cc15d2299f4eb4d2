/**
 * @file BLEU of each text against all the others: 1 where all are alike, near 0 where they share nothing.
 *
 * It sees what gen-PPL and sample entropy cannot: a model that writes one good text again and again.
 */

import { type Estimated, meanWithStderr } from "@sdtt/core/statistics";
import { defineMetric } from "../contract.js";
import { countsOf, Ngrams } from "./ngrams.js";

const orders = 4;
/** What stands for zero matches, as in NLTK's SmoothingFunction.method1 with its default. */
const epsilon = 0.1;

/** Highest count of an n-gram in any text, whose it is, and the highest in any other text. */
interface Highest {
  owner: number;
  first: number;
  second: number;
}

function highestCounts(texts: readonly (readonly Map<number, number>[])[], order: number): Map<number, Highest> {
  const highest = new Map<number, Highest>();
  texts.forEach((counts, owner) => {
    for (const [gram, count] of counts[order] as Map<number, number>) {
      const now = highest.get(gram);
      if (!now) highest.set(gram, { owner, first: count, second: 0 });
      else if (count > now.first) Object.assign(now, { owner, first: count, second: now.first });
      else now.second = Math.max(now.second, count);
    }
  });
  return highest;
}

/** Of the reference lengths the nearest to `length`, of two the shorter. */
function closest(length: number, references: Iterable<number>): number {
  let best = Number.POSITIVE_INFINITY;
  for (const one of references) {
    const [near, far] = [Math.abs(one - length), Math.abs(best - length)];
    if (near < far || (near === far && one < best)) best = one;
  }
  return best;
}

function bleuOf(matches: readonly number[], totals: readonly number[], length: number, reference: number): number {
  if (length === 0 || matches[0] === 0) return 0;
  const logs = matches.map((match, n) => Math.log((match === 0 ? epsilon : match) / Math.max(1, totals[n] as number)));
  const brevity = length > reference ? 1 : Math.exp(1 - reference / length);
  return brevity * Math.exp(logs.reduce((sum, x) => sum + x, 0) / orders);
}

/**
 * BLEU-4 of one text against references: clipped matches, uniform weights, closest length, ε = 0.1 for no match.
 *
 * Source   Papineni et al. 2002, as NLTK 3's sentence_bleu with SmoothingFunction.method1 computes it
 */
export function sentenceBleu(references: readonly string[], text: string): number {
  const ngrams = new Ngrams();
  const counted = (one: string) => ngrams.of(ngrams.words(one), orders).map(countsOf);
  const own = counted(text);
  const others = references.map(counted);
  const size = (counts: readonly Map<number, number>[]) => total(counts[0] as Map<number, number>);
  const matches = own.map((counts, n) => {
    let sum = 0;
    for (const [gram, count] of counts) {
      sum += Math.min(
        count,
        others.reduce((most, other) => Math.max(most, other[n]?.get(gram) ?? 0), 0),
      );
    }
    return sum;
  });
  return bleuOf(matches, own.map(total), size(own), closest(size(own), others.map(size)));
}

function total(counts: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** The BLEU of every text against all the others, in time linear in their length. */
export function selfBleuEach(texts: readonly string[]): number[] {
  const ngrams = new Ngrams();
  const counted = texts.map((text) => ngrams.of(ngrams.words(text), orders).map(countsOf));
  const lengths = counted.map((counts) => total(counts[0] as Map<number, number>));
  const tally = countsOf(lengths);
  const highest = Array.from({ length: orders }, (_, n) => highestCounts(counted, n));
  return counted.map((own, i) => {
    const matches = own.map((counts, n) => {
      let sum = 0;
      for (const [gram, count] of counts) {
        const { owner, first, second } = (highest[n] as Map<number, Highest>).get(gram) as Highest;
        sum += Math.min(count, owner === i ? second : first);
      }
      return sum;
    });
    const length = lengths[i] as number;
    const others = [...tally].filter(([size, count]) => size !== length || count > 1).map(([size]) => size);
    return bleuOf(matches, own.map(total), length, closest(length, others));
  });
}

/**
 * Mean self-BLEU; the standard error takes texts as independent, which through their shared references they nearly are.
 *
 * Holds    NaN for fewer than two texts
 */
export function selfBleu(texts: readonly string[]): Estimated {
  return texts.length < 2 ? { value: Number.NaN, stderr: Number.NaN } : meanWithStderr(selfBleuEach(texts));
}

/** Self-BLEU within each group (the continuations of one prompt), averaged over groups. */
export function groupedSelfBleu(groups: readonly (readonly string[])[]): Estimated {
  return meanWithStderr(groups.map((texts) => selfBleu(texts).value));
}

export default defineMetric({
  name: "self-bleu",
  definition: "self-bleu-4-words",
  version: 1,
  needs: "samples",
  what: "BLEU-4 of each sample against all the others: 1 where all are alike",
  unit: "BLEU",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  dependsOnN: true,
  suspicious: { side: "above", means: "samples are like each other" },
  measure: ({ samples }) => selfBleu(samples.map(({ text }) => text)),
});
