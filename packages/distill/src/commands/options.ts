/** @file Options that `pretrain` and `round` share: AdamW's, and how a batch is spread over memory. */
import { type AdamWOptions, adamwDefaults } from "@sdtt/core";
import { z } from "zod";

const share = z.number().min(0).lt(1);

export const optimizerFlags = {
  weightDecay: z.number().nonnegative().default(adamwDefaults.weightDecay).describe("decoupled weight decay"),
  beta1: share.default(adamwDefaults.beta1).describe("decay of AdamW's first moment"),
  beta2: share.default(adamwDefaults.beta2).describe("decay of AdamW's second moment"),
  clip: z.number().positive().default(adamwDefaults.clip).describe("largest norm of an update's gradient"),
};

export const partFlags = {
  microbatch: z.int().positive().optional().describe("sequences in memory at once, a divisor; default: all"),
  headChunk: z.int().positive().optional().describe("positions whose logits are held at once; default: 64 MiB of them"),
};

export function adamwOf(o: {
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly clip: number;
  readonly ema: number;
}): AdamWOptions {
  const { weightDecay, beta1, beta2, clip, ema } = o;
  return { ...adamwDefaults, weightDecay, beta1, beta2, clip, emaDecay: ema };
}
