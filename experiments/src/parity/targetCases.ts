/** @file What a fixtures folder records of SDTT's targets: one entry a case. */
import { samplerNames } from "@sdtt/core/sampler";
import { z } from "zod";
import { noiseEps, tokens } from "./context.js";

const caseSchema = z.looseObject({
  num_distill_steps: z.int().positive(),
  orig_num_sampling_steps: z.int().positive(),
  sampling_mode: z.enum(samplerNames),
  dt: z.number(),
  u_t: z.array(z.number()),
  t: z.array(z.number()),
  move_chance: z.array(z.array(z.number())),
  xt: tokens,
  teacher_t_per_step: z.array(z.array(z.number())),
  intermediate_x: z.array(tokens),
  num_masked: z.int(),
  num_changed_per_step: z.array(z.int()),
  losses: z.record(z.string(), z.record(z.string(), z.number())),
});
export type TargetCase = z.output<typeof caseSchema>;

export const targetMetaSchema = z.looseObject({
  x0: tokens,
  sampling_eps: z.number(),
  noise_eps: noiseEps,
  cases: z.record(z.string(), caseSchema),
});
