/**
 * @file Sampling as the published code does in float32: kept to show the flaw, never to make a figure.
 *
 * The Gumbel trick divides each probability by −ln of a 24-bit uniform. That quotient cannot be larger than 2²⁴ times
 * the probability, so a token whose chance of being revealed in this step is below about 2⁻²⁴ is never revealed: the
 * more steps, the fewer rare tokens. The same model scores 104.85 in float64 and 40.7 in this (docs/method.md, 4).
 * Source   kuleshov-group/mdlm c112c52 diffusion.py `_sample_categorical`
 */
import { userError } from "../../base/errors.js";
import { type RandomStream, randomStream } from "../../base/random.js";
import type { Sampler } from "../contract.js";
import type { Draw, RowDraw } from "../draw.js";
import { ancestral } from "../rules/ancestral.js";
import { tokenLaw } from "./categorical.js";

const tiny = Math.fround(1e-10);

/** Exp(1) from a 24-bit uniform, every operation rounded to float32. */
function noise(uniform: number): number {
  const coarse = Math.floor(uniform * 2 ** 24) / 2 ** 24;
  return Math.fround(tiny - Math.fround(Math.log(Math.fround(coarse + tiny))));
}

/** Reveals and draws at once: the argmax over all tokens, and the mask with what is not revealed. */
export function gumbelFloat32Row(random: RandomStream, temperature: number): RowDraw {
  return {
    asked: (masked) => masked,
    token(logits, offset, size, _position, reveal) {
      const law = tokenLaw(logits, offset, size, temperature);
      const uniforms = random.uniforms(size);
      let [best, most] = [0, Number.NEGATIVE_INFINITY];
      for (let v = 0; v < size; v++) {
        const mass = Math.fround(v === size - 1 ? 1 - reveal : (law[v] as number) * reveal);
        const value = Math.fround(mass / noise(uniforms[v] as number));
        if (value > most) [best, most] = [v, value];
      }
      return best;
    },
  };
}

/** For `sample`'s option `draw`. */
export function gumbelFloat32(seed: number, temperature = 1): Draw {
  return (row) => gumbelFloat32Row(randomStream(seed, "sample", "gumbel-float32", row), temperature);
}

/** The published float32 regime, under the ancestral law it misses. */
export const flawedAncestral: Sampler = {
  name: "ancestral-float32",
  precision: "float32 Gumbel",
  rule: ancestral,
  draws(seed, { temperature, topP }) {
    if (topP >= 1) return gumbelFloat32(seed, temperature);
    throw userError("sampler", "ancestral-float32 draws from all tokens", `top-p ${topP}`, "Leave out --top-p.");
  },
};
