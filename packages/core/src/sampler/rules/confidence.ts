/**
 * @file Samplers that reveal where the network is sure: the k most confident, or all above a threshold.
 *
 * Neither law is the model's: what is revealed early is what is likely anyway, so the text is sharper than the model's
 * own at every step count. Their figures mean something beside entropy and self-BLEU only.
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawApart } from "../draws/apart.js";
import { tokenLaw } from "../draws/categorical.js";
import type { TokenLaw } from "../draws/nucleus.js";
import { type RowSampler, revealedAfter } from "../rowSampler.js";

/** Indices of the `count` largest, ties to the first. */
function largest(values: readonly number[], count: number): number[] {
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return order.slice(0, count);
}

/**
 * Top-k by confidence. The law: a token is drawn for EVERY masked position; the step keeps the L/K of them to which
 * the model itself (temperature 1, whole vocabulary) gives the highest probability, and drops the rest.
 *
 * Source   arXiv 2202.04200 (MaskGIT) without noise on the confidence; arXiv 2502.09992 (LLaDA), low-confidence remasking
 */
function surestFirst(numSteps: number, law: TokenLaw, { draw }: RowStreams): RowSampler {
  const apart = drawApart(law, { draw });
  let count: number | undefined;
  const quota = (step: number) => {
    const [before, after] = [step - 1, step].map((k) => revealedAfter(k, numSteps, count ?? 0)) as [number, number];
    return after - before;
  };
  return {
    plan({ masked }, step) {
      count ??= masked.length;
      return { asked: quota(step) > 0 ? masked : [] };
    },
    tokens(asked, logits, step) {
      const { data, offset, size } = logits;
      const drawn = apart(asked, logits);
      const sure = drawn.map((token, k) => tokenLaw(data, offset + k * size, size)[token] as number);
      const kept = new Set(largest(sure, quota(step)));
      return drawn.map((token, k) => (kept.has(k) ? token : size - 1));
    },
  };
}

/**
 * Confidence threshold. The law: a step reveals each masked position whose likeliest token has a probability (under the
 * model itself) of `threshold` or more, and the surest one in any case; its token is drawn, not taken as the likeliest.
 * The last step reveals all that is left, so K bounds the evaluations and the text decides how many are made.
 *
 * Source   arXiv 2505.22618 (Fast-dLLM); differs: drawn where it takes the likeliest, and bounded by K
 */
function sureEnough(numSteps: number, law: TokenLaw, { draw }: RowStreams, threshold: number): RowSampler {
  const apart = drawApart(law, { draw });
  return {
    plan: ({ masked }) => ({ asked: masked }),
    tokens(asked, logits, step) {
      const { data, offset, size } = logits;
      const sure = asked.map((_, k) => tokenLaw(data, offset + k * size, size).reduce((best, p) => Math.max(best, p)));
      const [surest] = largest(sure, 1);
      return apart(asked, logits).map((token, k) => {
        const reveals = step === numSteps || k === surest || (sure[k] as number) >= threshold;
        return reveals ? token : size - 1;
      });
    },
  };
}

export const topConfidence: Sampler = { name: "top-k", row: surestFirst };

export const confidenceThreshold: Sampler = {
  name: "threshold",
  parameter: { initial: 0.9, above: 0, most: 1 },
  row: sureEnough,
};
