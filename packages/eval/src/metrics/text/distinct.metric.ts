/**
 * @file Distinct n-grams of words: how much of what all samples say together they say once.
 */
import type { Estimated } from "@sdtt/core/statistics";
import type { FigureDeclaration, SampleMetric } from "../contract.js";
import { jackknifeStderr } from "./errors.js";
import { countsOf, Ngrams } from "./ngrams.js";

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
  return { value: counts.size / total, stderr: jackknifeStderr(without) };
}

const figure = (n: number, grams: string, means: string): FigureDeclaration => ({
  name: `distinct-${n}`,
  definition: `distinct-${n}-words`,
  version: 1,
  what: `different ${grams} of words over all of them, of all samples together`,
  unit: "share",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  dependsOnN: true,
  suspicious: { side: "below", means },
});

const metric: SampleMetric = {
  needs: "samples",
  figures: [
    figure(1, "words", "all samples draw on too few words"),
    figure(2, "pairs", "all samples draw on too few phrases"),
  ],
  measure({ samples }) {
    const texts = samples.map(({ text }) => text);
    return { "distinct-1": distinct(texts, 1), "distinct-2": distinct(texts, 2) };
  },
};
export default metric;
