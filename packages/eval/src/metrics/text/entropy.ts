/**
 * @file Sample entropy: how varied the tokens of one sample are.
 *
 * Falls when text is sharpened or repeats itself, which generative perplexity rewards; so the two are always shown
 * together. It cannot see that all samples are alike.
 */
import { type Estimated, meanWithStderr, ratioCorrelation } from "@sdtt/core/statistics";
import { defineMetric } from "../contract.js";
import type { Scores } from "./genPpl.js";

/**
 * −Σ f ln f over the frequencies f of the tokens in one sample.
 *
 * Units    nats; at most ln of the sample's length
 * Source   kuleshov-group/mdlm c112c52 and jdeschena/sdtt 9172b86: unigram counts of each sample, end-of-text included
 */
export function sampleEntropy(ids: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) counts.set(ids[i] as number, (counts.get(ids[i] as number) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / ids.length) * Math.log(count / ids.length);
  return entropy;
}

/** Mean over samples, with its standard error. */
export function meanSampleEntropy(samples: readonly ArrayLike<number>[]): Estimated {
  return meanWithStderr(samples.map(sampleEntropy));
}

/** What a gen-PPL's row says of the entropy of the same samples: the two are never apart. */
export function entropyBeside(samples: readonly ArrayLike<number>[], { sums, counts }: Scores) {
  const entropies = samples.map(sampleEntropy);
  const { value, stderr } = meanWithStderr(entropies);
  const correlation = ratioCorrelation(sums, counts, entropies);
  return {
    entropy: value,
    entropyStderr: stderr,
    entropyCorrelation: Number.isFinite(correlation) ? correlation : null,
  };
}

/** As a figure of its own; in the store it stands in gen-PPL's row. */
export const entropyMetric = defineMetric({
  name: "entropy",
  definition: "sample-entropy",
  version: 1,
  needs: "samples",
  what: "entropy of the token frequencies of one sample",
  unit: "nats",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  suspicious: { side: "below", means: "each sample uses too few different tokens" },
  measure: ({ samples }) => meanSampleEntropy(samples.map(({ ids }) => ids)),
});
