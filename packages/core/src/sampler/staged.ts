/**
 * @file Different students for early and late steps: a denoiser that is another one from some step on.
 *
 * The law is the sampler's, with p(x0 | xt) of whichever student the step belongs to. A round teaches steps of one size;
 * early steps reveal on hardly any context and late ones on nearly all, so the best student need not be the same.
 */
import { userError } from "../base/errors.js";
import type { Denoiser } from "./network/denoiser.js";

export interface StagedPart {
  readonly denoiser: Denoiser;
  /** The part's last step, as a share of all steps: 0.5 ends half-way. The last part's is 1. */
  readonly until: number;
}

/** A denoiser that is told which step it is asked in. */
export interface StagedDenoiser extends Denoiser {
  at(step: number, numSteps: number): void;
  /** Who answers in that step. */
  current(): Denoiser;
}

export const isStaged = (denoiser: Denoiser): denoiser is StagedDenoiser => "at" in denoiser;

/**
 * One denoiser of several; disposing of it disposes of them all.
 *
 * Throws   UserError when the parts do not share vocabulary and length, or do not end at 1 in ascending order
 */
export function stagedDenoiser(parts: readonly StagedPart[]): StagedDenoiser {
  const [head] = parts;
  const ends = parts.map(({ until }) => until);
  if (!head || ends.at(-1) !== 1 || ends.some((end, i) => !(end > (ends[i - 1] ?? 0)))) {
    const remedy = "Give shares such as 0.5,1.";
    throw userError("students in turn", "parts must end in ascending order, the last at 1", ends.join(","), remedy);
  }
  for (const { denoiser } of parts) {
    if (denoiser.vocabSize === head.denoiser.vocabSize && denoiser.length === head.denoiser.length) continue;
    const got = `${denoiser.vocabSize} × ${denoiser.length} beside ${head.denoiser.vocabSize} × ${head.denoiser.length}`;
    const rule = "all students must share vocabulary and length";
    throw userError("students in turn", rule, got, "Take students of one teacher.");
  }
  let now = head.denoiser;
  const { vocabSize, maskId, length } = head.denoiser;
  return {
    ...{ vocabSize, maskId, length },
    at(step, numSteps) {
      const part = parts.find(({ until }) => step <= Math.max(1, Math.round(until * numSteps)));
      now = (part ?? (parts.at(-1) as StagedPart)).denoiser;
    },
    current: () => now,
    logits: (...asked) => now.logits(...asked),
    dispose() {
      for (const { denoiser } of parts) denoiser.dispose();
    },
  };
}
