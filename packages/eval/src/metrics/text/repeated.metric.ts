/**
 * @file Repetition within a sample: the share of its 4-grams of tokens that it has said before.
 */
import { meanWithStderr } from "@sdtt/core/statistics";
import { defineMetric } from "../contract.js";
import { unlessRare } from "./errors.js";
import { Ngrams } from "./ngrams.js";

/** The share of 4-grams in a sample that occurred before in it. Source   arXiv 1908.04319 (seq-rep-4) */
export function repeatedShare(ids: Int32Array): number {
  const grams = new Ngrams().of(ids, 4)[3] as number[];
  return grams.length === 0 ? 0 : 1 - new Set(grams).size / grams.length;
}

export default defineMetric({
  name: "repeated-4",
  definition: "repeated-4-tokens",
  version: 1,
  needs: "samples",
  what: "share of 4-grams of tokens that occurred before in the sample",
  unit: "share",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  suspicious: { side: "above", means: "samples repeat themselves" },
  measure({ samples }) {
    const shares = samples.map(({ ids }) => repeatedShare(ids));
    return unlessRare(meanWithStderr(shares), shares);
  },
});
