/** @file Options that `pretrain` and `round` share: the optimizer's, and how a batch is spread over memory. */
import { userError } from "@sdtt/core/base";
import { type AdamWOptions, adamwDefaults, type LearningRateSchedule, scheduleNames } from "@sdtt/core/optim";
import { z } from "zod";

const share = z.number().min(0).lt(1);

const optimizerNames = ["adamw", "muon"] as const;

export const optimizerFlags = {
  optimizer: z
    .enum(optimizerNames)
    .default("adamw")
    .describe("adamw, or muon for the matrices of the blocks and adamw for the rest"),
  momentum: share.default(0.95).describe("decay of Muon's momentum"),
  weightDecay: z.number().nonnegative().default(adamwDefaults.weightDecay).describe("decoupled weight decay"),
  beta1: share.default(adamwDefaults.beta1).describe("decay of AdamW's first moment"),
  beta2: share.default(adamwDefaults.beta2).describe("decay of AdamW's second moment"),
  clip: z.number().positive().default(adamwDefaults.clip).describe("largest norm of an update's gradient"),
};

export const partFlags = {
  microbatch: z.int().positive().optional().describe("sequences in memory at once, a divisor; default: all"),
  headChunk: z.int().positive().optional().describe("positions whose logits are held at once; default: 64 MiB of them"),
};

export const scheduleFlags = {
  schedule: z
    .enum(scheduleNames)
    .default("cosine")
    .describe("learning rate after warm-up: constant, cosine to a tenth, or wsd: constant until --decay"),
  decay: z.int().nonnegative().default(0).describe("last updates, in which wsd falls to 0"),
};

/** Throws   UserError where the decay has no room, or the schedule has none */
export function checkDecay(where: string, o: Parameters<typeof scheduleOf>[0]): void {
  if (o.decay > 0 && o.schedule !== "wsd") {
    const remedy = "Give --schedule=wsd, or leave --decay out.";
    throw userError(where, "--decay must come with a schedule that has one", o.schedule, remedy);
  }
  if (o.warmup + o.decay <= o.updates || o.decay === 0) return;
  const got = `${o.warmup} and ${o.decay} of ${o.updates}`;
  throw userError(where, "--warmup and --decay must fit into --updates", got, "Shorten one of them.");
}

export function scheduleOf(o: {
  readonly schedule: LearningRateSchedule["name"];
  readonly lr: number;
  readonly warmup: number;
  readonly updates: number;
  readonly decay: number;
}): LearningRateSchedule {
  return { name: o.schedule, peak: o.lr, warmup: o.warmup, updates: o.updates, decay: o.decay };
}

export function adamwOf(o: {
  readonly optimizer: (typeof optimizerNames)[number];
  readonly momentum: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly clip: number;
  readonly ema: number;
}): AdamWOptions {
  const { weightDecay, beta1, beta2, clip, ema } = o;
  const muon = o.optimizer === "muon" ? { momentum: o.momentum } : undefined;
  return { ...adamwDefaults, weightDecay, beta1, beta2, clip, emaDecay: ema, muon };
}
