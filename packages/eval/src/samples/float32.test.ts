/**
 * @file What float32 Gumbel draws do to samples at 1024 steps, and that they are flagged for it, on a model whose law is
 * known: 50 257 tokens, 8 of which share half of the mass, and the mask.
 *
 * Drawing noise for so many tokens at each step would take an hour. The 50 249 others are equally likely, so that the
 * best of them has the largest of as many uniforms, which is U^(1/50 249) in law: they stand as ONE token with that noise,
 * and which of them it was is drawn afterwards. A token that never wins holds the rest of their mass.
 */
import { randomStream } from "@sdtt/core/base";
import { type Denoiser, type Draw, gumbelFloat32Row, inverseCdf, sample, samplers } from "@sdtt/core/sampler";
import type { Tokenizer } from "@sdtt/core/text";
import { beforeAll, describe, expect, it } from "vitest";
import { figureWarnings, type HeldOutRanges, heldOutRanges } from "../findings/warnings.js";
import type { Sampled } from "../metrics/contract.js";
import { meanSampleEntropy } from "../metrics/text/entropy.js";

const [common, many, length, rows, numSteps] = [8, 50_249, 64, 16, 1024] as const;
const [rare, rest, mask] = [common, common + 1, common + 2] as const;
const endOfText = common + many;
/** All that the figures of warnings ask of one. */
const tokenizer = { endOfText } as Tokenizer;

/** Equal tokens as one: of their mass it holds a single token's, the other holds what is left of half. */
const classes = [...Array<number>(common).fill(0.5 / common), 0.5 / many, 0.5 - 0.5 / many, 1].map(Math.log);
/** The same law with all of their mass in one, for draws that do not need the noise. */
const whole = [...Array<number>(common).fill(0.5 / common), 0.5, 0, 1].map(Math.log);

function knows(logits: readonly number[]): Denoiser {
  return {
    ...{ vocabSize: mask + 1, maskId: mask, length, dispose() {} },
    logits: async (_xt, _rows, positions) => Float32Array.from(positions.flatMap(() => logits)),
  };
}

/** Noise of each class: the largest of `many` uniforms for the rare ones, none that could win for the rest. */
const float32 =
  (seed: number): Draw =>
  (row) => {
    const random = randomStream(seed, "float32", row);
    const uniforms = (count: number) => {
      const all = random.uniforms(count);
      all[rare] = (all[rare] as number) ** (1 / many);
      all[rest] = -1;
      return all;
    };
    return gumbelFloat32Row({ ...random, uniforms }, 1);
  };
const float64 =
  (seed: number): Draw =>
  (row) =>
    inverseCdf({ reveal: randomStream(seed, "reveal", row), draw: randomStream(seed, "draw", row) });

/** Texts of the law's own vocabulary: which of the rare tokens it was is drawn last. */
async function texts(by: typeof float64, logits: readonly number[], count: number, seed: number): Promise<Sampled[]> {
  const options = { numSteps, batch: count, length, seed, draw: by(seed) };
  const { ids } = await sample(knows(logits), samplers.ancestral, options);
  return Array.from({ length: count }, (_, row) => {
    const random = randomStream(seed, "which", row);
    const own = ids.slice(row * length, (row + 1) * length);
    const named = own.map((id) => (id === rare ? common + random.integer(many) : id));
    return { ids: named, text: named.join(" ") };
  });
}

const shareOfRare = (samples: readonly Sampled[]) =>
  samples.flatMap(({ ids }) => [...ids]).filter((id) => id >= common).length / (samples.length * length);

let heldOut: HeldOutRanges;
beforeAll(async () => {
  heldOut = (await heldOutRanges(await texts(float64, whole, 8 * rows, 2), rows, tokenizer)) as HeldOutRanges;
});
const flagged = async (samples: readonly Sampled[]) =>
  (await figureWarnings(samples, heldOut, tokenizer)).flatMap(({ figure, suspicious }) => (suspicious ? [figure] : []));

describe("sampling a vocabulary of 50 257 tokens in 1024 steps", () => {
  it("by float32 Gumbel draws loses rare tokens: over half a nat of entropy, and is flagged by its figures", async () => {
    const [flawed, sound] = [await texts(float32, classes, rows, 1), await texts(float64, whole, rows, 1)];
    expect(shareOfRare(sound)).toBeCloseTo(0.5, 1);
    expect(shareOfRare(flawed)).toBeLessThan(0.35);
    const entropyOf = (samples: readonly Sampled[]) => meanSampleEntropy(samples.map(({ ids }) => ids)).value;
    expect(entropyOf(sound) - entropyOf(flawed)).toBeGreaterThan(0.5);
    expect(await flagged(flawed)).toEqual(expect.arrayContaining(["entropy", "distinct-1", "distinct-2"]));
  });

  it("by inverse CDF in float64 keeps the law, and is not", async () => {
    expect(await flagged(await texts(float64, whole, rows, 3))).toEqual([]);
  });
});
