/**
 * @file kNN-LM for a denoiser: ancestral steps of its law mixed with what the text that it learned said in states like these.
 */
import type { Sampler } from "../contract.js";
import { neighboursOf } from "../neighbours/mixed.js";
import { ancestral } from "./ancestral.js";

/**
 * The law: ancestral steps of (1 − λ) p + λ p_kNN at positions where p has `entropy` nats or more, of p elsewhere (`neighbours/mixed.ts`). With
 * λ = 0 nothing is looked for, and it is the ancestral law.
 */
export const knn: Sampler = {
  name: "knn",
  rule: ancestral,
  parameter: [
    { name: "λ", initial: 0.25, above: -1e-9, most: 1 },
    { name: "entropy", initial: 2, above: -1e-9, most: 100 },
  ],
  datastore: true,
  network: (denoiser, lambda = 0, entropy = 0) => neighboursOf(denoiser, "knn").mixed({ lambda, entropy }),
};
