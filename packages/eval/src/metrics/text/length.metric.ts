/**
 * @file How long samples are: those that end early are judged on less, and on what is easy.
 */
import { meanWithStderr } from "@sdtt/core/statistics";
import { defineMetric } from "../contract.js";

/** Tokens up to the first end-of-text that has something before it. */
export function textLength(ids: Int32Array, endOfText: number): number {
  const end = ids.indexOf(endOfText, 1);
  return end < 0 ? ids.length : end;
}

export default defineMetric({
  name: "length",
  definition: "tokens-to-end-of-text",
  version: 1,
  needs: "samples",
  what: "tokens before the first end-of-text",
  unit: "tokens",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  suspicious: { side: "below", means: "samples end early" },
  measure: ({ samples, tokenizer }) => meanWithStderr(samples.map(({ ids }) => textLength(ids, tokenizer.endOfText))),
});
