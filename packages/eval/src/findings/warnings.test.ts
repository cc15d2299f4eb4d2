/**
 * @file Fake quality: each way of looking better than one is gets the flag it deserves, and text itself gets none.
 *
 * On the embedded teacher and held-out text, because a tiny random network has no quality to fake.
 */
import { openEngine } from "@sdtt/core/engine";
import { openDenoiser } from "@sdtt/core/sampler";
import { type Tokenizer, tokenizerOf } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { beforeAll, describe, expect, it } from "vitest";
import type { Sampled } from "../metrics/contract.js";
import { sampledTexts } from "../metrics/figures.js";
import { sampleEntropy } from "../metrics/text/entropy.js";
import { heldOutPieces } from "../metrics/texts/heldOut.js";
import { openCheckpoint } from "../record/checkpoint.js";
import { drawSamples } from "../samples/sampleSet.js";
import { figureWarnings, genPplWarning, type HeldOutRanges, heldOutRanges, samplingWarnings } from "./warnings.js";

const n = 24;
let tokenizer: Tokenizer;
let pool: Sampled[];
let heldOut: HeldOutRanges;
beforeAll(async () => {
  tokenizer = tokenizerOf(openCheckpoint(assetPath("teacher"), "raw"), { root: "nowhere" });
  pool = await heldOutPieces("embedded", tokenizer, { length: 128, most: 200, joined: true });
  heldOut = (await heldOutRanges(pool, n, tokenizer)) as HeldOutRanges;
});

const suspicious = async (samples: readonly Sampled[]) =>
  (await figureWarnings(samples, heldOut, tokenizer)).filter((warning) => warning.suspicious);

describe("against held-out text", () => {
  it("held-out text itself, from all over it, is not suspected", async () => {
    for (const offset of [0, 3, 5]) {
      const spread = pool.filter((_, i) => i % 8 === offset).slice(0, n);
      expect(spread).toHaveLength(n);
      expect(await suspicious(spread)).toEqual([]);
    }
  });

  it("a model that repeats one good sample is: its samples are alike, and gen-PPL and entropy cannot see it", async () => {
    const byEntropy = [...pool].sort((a, b) => sampleEntropy(a.ids) - sampleEntropy(b.ids));
    const found = await suspicious(Array<Sampled>(n).fill(byEntropy[120] as Sampled));
    expect(found.map(({ figure }) => figure)).toEqual(
      expect.arrayContaining(["distinct-1", "distinct-2", "self-bleu"]),
    );
    expect(found.map(({ figure }) => figure)).not.toContain("entropy");
    expect(found.find(({ figure }) => figure === "self-bleu")).toEqual({
      ...{ figure: "self-bleu", suspicious: true },
      message: "self-bleu is above what held-out text has: samples are like each other",
      found: expect.stringMatching(/^1, text [\d.]+ to [\d.]+$/),
    });
  });

  it("temperature 0.3 is, by entropy and by its row; the model itself is not", async () => {
    const { model, tensors } = openCheckpoint(assetPath("teacher"), "raw");
    const denoiser = openDenoiser(await openEngine("onnx", { threads: 1 }), model, tensors);
    const at = async (temperature: number) => {
      const set = await drawSamples(denoiser, 8, { samples: n, sequences: n, seed: 1, temperature });
      return (await suspicious(sampledTexts(set.ids, tokenizer))).map(({ figure }) => figure);
    };
    expect(await at(0.3)).toContain("entropy");
    expect(await at(1)).not.toContain("entropy");
    denoiser.dispose();
    const facts = { n, topP: 1, precision: "float64" } as const;
    expect(samplingWarnings({ ...facts, temperature: 0.3 }).map(({ figure }) => figure)).toContain("temperature");
    expect(samplingWarnings({ ...facts, temperature: 1 }).map(({ figure }) => figure)).toEqual(["n"]);
  });

  it("is not made where there is too little of it", async () => {
    expect(await heldOutRanges(pool.slice(0, 10), n, tokenizer)).toBeUndefined();
    expect((await heldOutRanges(pool.slice(0, 20), n, tokenizer))?.pieces).toBe(10);
  });
});

describe("the way of sampling", () => {
  const facts = { n: 100, temperature: 1, topP: 1, precision: "float64" } as const;
  const flags = (more: object) => samplingWarnings({ ...facts, ...more }).map(({ figure }) => figure);

  it("is flagged for float32 Gumbel draws, top-p, and gen-PPL below text's own; the model itself is not", () => {
    expect(flags({ precision: "float32 Gumbel" })).toEqual(["sampler"]);
    expect(flags({ topP: 0.9 })).toEqual(["top-p"]);
    expect(flags({})).toEqual([]);
    expect(genPplWarning(10, 12).map(({ figure }) => figure)).toEqual(["gen-ppl"]);
    expect([genPplWarning(13, 12), genPplWarning(10, undefined)]).toEqual([[], []]);
  });
});
