/**
 * @file A frequency penalty: tokens that a row has already become unlikelier. A sceptic's control, not a way to write better.
 *
 * It raises the entropy of a text, and a low temperature lowers it again with gen-PPL: text that repeats nothing has another entropy
 * than its gen-PPL is matched by. What of a gain at equal entropy is left over this one is no play of counts.
 */
import type { Sampler } from "../contract.js";
import type { Denoiser } from "../network/denoiser.js";
import { ancestral } from "./ancestral.js";

/** Takes `penalty` · (how often the row has it) from each token's logit. Shapes   xt [rows · L] · logits [positions · V] */
function penalise(
  logits: Float32Array,
  xt: Int32Array,
  rows: number,
  positions: readonly number[],
  { penalty, maskId, vocabSize }: { penalty: number; maskId: number; vocabSize: number },
): void {
  const length = xt.length / rows;
  positions.forEach((position, k) => {
    const from = Math.floor(position / length) * length;
    for (const token of xt.subarray(from, from + length)) {
      if (token !== maskId) logits[k * vocabSize + token] = (logits[k * vocabSize + token] as number) - penalty;
    }
  });
}

/**
 * The law: ancestral steps of p(v | xt) · e^(−λ · count of v in xt), renormalised; what is drawn in the same step does not count.
 *
 * Source   the control of arXiv 2609.35553, there of a causal model
 */
export const penalised: Sampler = {
  name: "penalised",
  rule: ancestral,
  parameter: { name: "λ", initial: 0.5, above: -1e-9, most: 100 },
  network: (denoiser, penalty = 0): Denoiser => {
    const { vocabSize, maskId, length } = denoiser;
    return {
      ...{ vocabSize, maskId, length, dispose() {} },
      async logits(xt, rows, positions, names) {
        const logits = await denoiser.logits(xt, rows, positions, names);
        penalise(logits, xt, rows, positions, { penalty, maskId, vocabSize });
        return logits;
      },
    };
  },
};
