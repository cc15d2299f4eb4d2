import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import type { Engine } from "../../engine/contract.js";
import { engineReports, openEngine } from "../../engine/open.js";
import { segmentsOf } from "../../model/dit/decode.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { rereadingDecoder, sampleAutoregressive } from "../autoregressive.js";
import { type Decoder, openDecoder } from "./decoder.js";
import { openDenoiser } from "./denoiser.js";

const V = 13;
const model = (length: number): ModelConfig => ({
  ...{ kind: "dit", vocabSize: V, width: 16, blocks: 2, heads: 2, length, conditioning: 8 },
  ...{ dropout: 0.1, causal: true },
});
/** Weights of a size that tells tokens and places apart. */
function weightsOf(config: ModelConfig) {
  const weights = initialise(modelParameters(config), 5);
  const spread = Object.entries(weights).map(([name, t]) => {
    const scale = /linear.weight|mlp|attn/.test(name) ? 3 : 1;
    return [name, { ...t, data: (t.data as Float32Array).map((x) => scale * x) }] as const;
  });
  return Object.fromEntries(spread);
}
const promptOf = (size: number) => {
  const random = randomStream(4, "prompt");
  return Int32Array.from({ length: size }, () => random.integer(V - 1));
};
const usable = (await engineReports()).filter((report) => report.usable);
const engines = await Promise.all(usable.map(({ name }) => openEngine(name, { threads: 1 })));

function both(engine: Engine, length: number) {
  const config = model(length);
  const weights = weightsOf(config);
  const cached = openDecoder(engine, config, weights);
  return { cached, reread: rereadingDecoder(openDenoiser(engine, config, weights)) };
}

describe.each(engines)("a decoder with a cache on $name", (engine) => {
  // 140 tokens: three segments of 64, 64 and 11 columns. The prompts below cross the first border on every engine.
  const length = engine.name === "reference" ? 12 : 140;

  it.each([1, 3])("samples what reading every row again samples, token for token, %i row(s)", async (batch) => {
    const { cached, reread } = both(engine, length);
    const options = { batch, start: 2, seed: 7, temperature: 0.8 };
    const ids = await sampleAutoregressive(cached, options);
    expect(ids).toEqual(await sampleAutoregressive(reread, options));
    expect(new Set(ids).size).toBeGreaterThan(5);
    cached.dispose();
    reread.dispose();
  });

  it.each([60, 64, 66])("goes on from a prompt of %i tokens as the form without a cache does", async (size) => {
    const { cached, reread } = both(engine, 70);
    const options = { batch: 2, start: 0, prompt: promptOf(2 * size), seed: 8 };
    const ids = await sampleAutoregressive(cached, options);
    expect(ids).toEqual(await sampleAutoregressive(reread, options));
    expect(ids.slice(70, 70 + size)).toEqual(options.prompt.slice(size));
    cached.dispose();
    reread.dispose();
  });

  it("gives the logits of the whole row's network, and forgets the row before", async () => {
    const { cached, reread } = both(engine, 6);
    await cached.begin(Int32Array.of(9, 9, 9), 1);
    await cached.next(Int32Array.of(9));
    const answersOf = async (decoder: Decoder) => {
      const first = (await decoder.begin(Int32Array.of(1, 2), 1)).slice();
      return [first, await decoder.next(Int32Array.of(3))];
    };
    const [got, wanted] = [await answersOf(cached), await answersOf(reread)];
    got.forEach((logits, i) => {
      const difference = logits.map((x, v) => Math.abs(x - (wanted[i]?.[v] as number)));
      expect(Math.max(...difference)).toBeLessThan(1e-4);
    });
    expect(got[0]).not.toEqual(got[1]);
    cached.dispose();
  });

  it("looks at earlier tokens: another first token changes what comes after the second", async () => {
    const { cached } = both(engine, 6);
    const after = async (first: number) => Array.from(await cached.begin(Int32Array.of(first, 2), 1));
    expect(await after(1)).not.toEqual(await after(3));
    cached.dispose();
  });
});

describe("a decoder", async () => {
  const engine = await openEngine("reference");

  it("keeps the caches of positions in segments that double", () => {
    const ends = (length: number) => segmentsOf(length).map(({ to }) => to);
    expect(ends(1023)).toEqual([64, 128, 256, 512, 1023]);
    expect(ends(5)).toEqual([5]);
  });

  it("refuses a denoiser", () => {
    const config = { ...model(6), causal: false } as ModelConfig;
    expect(() => openDecoder(engine, config, {})).toThrow("the model must read from left to right, got a denoiser");
  });

  it("refuses a prompt that fills the row, and one that does not come out even", async () => {
    const { cached } = both(engine, 6);
    await expect(cached.begin(promptOf(6), 1)).rejects.toThrow("a prompt must be 1 to 5 tokens in each of 1 rows");
    await expect(cached.begin(promptOf(5), 2)).rejects.toThrow("got 5 tokens in all");
  });

  it("refuses a token more than a row holds", async () => {
    const { cached } = both(engine, 3);
    await cached.begin(Int32Array.of(1), 1);
    await cached.next(Int32Array.of(1));
    await expect(cached.next(Int32Array.of(1))).rejects.toThrow("a row holds 3 tokens, got 4");
  });
});
