/**
 * @file BLEU of each text against all the others: 1 where all are alike, near 0 where they share nothing.
 *
 * It sees what gen-PPL and sample entropy cannot: a model that writes one good text again and again.
 */

import { type Estimated, mean, meanWithStderr } from "@sdtt/core/statistics";
import { defineMetric } from "../contract.js";
import { jackknifeStderr } from "./errors.js";
import { countsOf, Ngrams } from "./ngrams.js";

const orders = 4;
/** What stands for zero matches, as in NLTK's SmoothingFunction.method1 with its default. */
const epsilon = 0.1;

/** How often a text has an n-gram. */
interface Holder {
  readonly owner: number;
  readonly count: number;
}

/** The three texts that have an n-gram most often, the first of them first: two are left whichever text asks. */
function mostHolders(texts: readonly (readonly Map<number, number>[])[], order: number): Map<number, Holder[]> {
  const holders = new Map<number, Holder[]>();
  texts.forEach((counts, owner) => {
    for (const [gram, count] of counts[order] as Map<number, number>) {
      const known = holders.get(gram) ?? [];
      let at = known.length;
      while (at > 0 && (known[at - 1] as Holder).count < count) at--;
      if (at < 3) known.splice(at, 0, { owner, count });
      if (known.length > 3) known.pop();
      holders.set(gram, known);
    }
  });
  return holders;
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

/** A text as it is compared: its matches with the others, and what it loses of them with a text that alone has them. */
interface Matched {
  readonly matches: readonly number[];
  readonly totals: readonly number[];
  readonly length: number;
  readonly reference: number;
  /** By the text that is left out: matches by order that no other text has as often. */
  readonly losses: ReadonlyMap<number, readonly number[]>;
}

/** All texts against all the others, in time linear in their length. */
function matchedEach(texts: readonly string[]): Matched[] {
  const ngrams = new Ngrams();
  const counted = texts.map((text) => ngrams.of(ngrams.words(text), orders).map(countsOf));
  const lengths = counted.map((counts) => total(counts[0] as Map<number, number>));
  const tally = countsOf(lengths);
  const holders = Array.from({ length: orders }, (_, n) => mostHolders(counted, n));
  return counted.map((own, i): Matched => {
    const losses = new Map<number, number[]>();
    const matches = own.map((counts, n) => {
      let sum = 0;
      for (const [gram, count] of counts) {
        const [most, next] = (holders[n] as Map<number, Holder[]>).get(gram)?.filter(({ owner }) => owner !== i) ?? [];
        const match = Math.min(count, most?.count ?? 0);
        const lost = match - Math.min(count, next?.count ?? 0);
        sum += match;
        if (!most || lost === 0) continue;
        const known = losses.get(most.owner) ?? Array<number>(orders).fill(0);
        known[n] = (known[n] as number) + lost;
        losses.set(most.owner, known);
      }
      return sum;
    });
    const length = lengths[i] as number;
    const others = [...tally].filter(([size, count]) => size !== length || count > 1).map(([size]) => size);
    return { matches, totals: own.map(total), length, reference: closest(length, others), losses };
  });
}

const bleu = ({ matches, totals, length, reference }: Matched, lost?: readonly number[]): number =>
  bleuOf(lost ? matches.map((match, n) => match - (lost[n] as number)) : matches, totals, length, reference);

/** The BLEU of every text against all the others. */
export const selfBleuEach = (texts: readonly string[]): number[] => matchedEach(texts).map((one) => bleu(one));

/**
 * Mean self-BLEU, with a standard error by the jackknife over texts: a text is also a reference of all others, and an error
 * that takes their BLEUs as independent is two thirds of what it should be.
 *
 * Holds    NaN for fewer than two texts
 *          · leaving a text out leaves the others the length that they are compared with
 */
export function selfBleu(texts: readonly string[]): Estimated {
  if (texts.length < 2) return { value: Number.NaN, stderr: Number.NaN };
  const all = matchedEach(texts);
  const each = all.map((one) => bleu(one));
  const lessWithout = Array<number>(texts.length).fill(0);
  all.forEach((one, j) => {
    for (const [i, lost] of one.losses)
      lessWithout[i] = (lessWithout[i] as number) + (each[j] as number) - bleu(one, lost);
  });
  const sum = each.reduce((all, x) => all + x, 0);
  const without = each.map((own, i) => (sum - own - (lessWithout[i] as number)) / (texts.length - 1));
  return { value: mean(each), stderr: jackknifeStderr(without) };
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
