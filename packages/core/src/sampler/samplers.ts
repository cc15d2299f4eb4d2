/** @file The samplers of a denoiser by name; each says in its file which law it samples from. */
import { analytic } from "./rules/analytic.js";
import { ancestral } from "./rules/ancestral.js";
import { cached } from "./rules/cached.js";
import type { StepRule } from "./sample.js";

export const samplerNames = ["ancestral", "analytic", "cached"] as const;
export type SamplerName = (typeof samplerNames)[number];

export const samplers: Record<SamplerName, StepRule> = { ancestral, analytic, cached };
