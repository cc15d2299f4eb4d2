/** @file The samplers of a denoiser by name; each says in its file which law it samples from. */
import type { Sampler } from "./contract.js";
import { flawedAncestral } from "./draws/gumbelFloat32.js";
import { analytic } from "./rules/analytic.js";
import { ancestral } from "./rules/ancestral.js";
import { cached } from "./rules/cached.js";
import { confidenceThreshold, topConfidence } from "./rules/confidence.js";
import { energy } from "./rules/energy.js";
import { firstHitting } from "./rules/firstHitting.js";
import { knn } from "./rules/knn.js";
import { penalised } from "./rules/penalised.js";
import { remdmCap, remdmLoop, remdmRescale } from "./rules/remask.js";
import { seeded } from "./rules/seeded.js";
import { sliding } from "./rules/sliding.js";
import { spaced } from "./rules/spaced.js";
import { speculative } from "./rules/speculative.js";
import { verified } from "./rules/verified.js";
import type { StepRule } from "./sample.js";

export const samplerNames = ["ancestral", "analytic", "cached"] as const;
export type SamplerName = (typeof samplerNames)[number];

/** The rules of the published code's samplers. */
export const samplers: Record<SamplerName, StepRule> = { ancestral, analytic, cached };

/** All of the project's own, in the order in which they are offered. */
export const builtinSamplers: readonly Sampler[] = [
  ...samplerNames.map((name) => ({ name, rule: samplers[name] })),
  firstHitting,
  topConfidence,
  confidenceThreshold,
  remdmCap,
  remdmRescale,
  remdmLoop,
  spaced,
  sliding,
  energy,
  speculative,
  verified,
  seeded,
  knn,
  penalised,
  flawedAncestral,
];
