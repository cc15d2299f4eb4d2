/** @file Samples of a denoiser that is told its rows' noise: the law of coupled draws, of a choice, and what the network adds. */
import { describe, expect, it } from "vitest";
import { float32, type Tensor } from "../base/tensor.js";
import { openEngine } from "../engine/open.js";
import type { NoiseInput } from "../model/dit/config.js";
import { noiseWeight } from "../model/dit/noise.js";
import { modelParameters } from "../model/presets.js";
import { initialise } from "../nn/params.js";
import { chiSquared } from "./chiSquared.fixture.js";
import { parseSampler, sampleWith } from "./choose.js";
import { type Denoiser, openDenoiser } from "./network/denoiser.js";
import { noiseKey, noiseOfRow, type RowNames } from "./noise.js";
import { chain, countsOf, truth } from "./twoTokens.fixture.js";

const batch = 3000;

/** A network of two tokens and three positions that says what `token` gives for each position of a row. */
function oracle(token: (names: RowNames, i: number, row: Int32Array, j: number) => number): Denoiser {
  return {
    ...{ vocabSize: 3, maskId: 2, length: 3, dispose() {} },
    async logits(xt, _rows, positions, names) {
      return Float32Array.from(
        positions.flatMap((position) => {
          const [i, j] = [Math.floor(position / 3), position % 3];
          const chosen = token(names as RowNames, i, xt.subarray(3 * i, 3 * i + 3), j);
          return [chosen === 0 ? 0 : -60, chosen === 1 ? 0 : -60, 5];
        }),
      );
    },
  };
}

/** Knows the causal chain's row from its noise; `anew`: noise that is another in each step. */
const reader = (anew: boolean) =>
  oracle((names, i, row, j) => {
    const noise: NoiseInput = { law: "gumbel", size: 2 };
    const key = [...noiseKey(noise, names, i), ...(anew ? [names.step] : [])];
    const told = noiseOfRow(noise, key, 3);
    let before = -1;
    for (let at = 0; at <= j; at++) {
      const law = before < 0 ? chain.first : (chain.next[before] as readonly number[]);
      const race = [0, 1].map((v) => (law[v] as number) * (told[2 * at + v] as number));
      before = row[at] === 2 ? Number((race[1] as number) > (race[0] as number)) : (row[at] as number);
    }
    return before;
  });

const drawnBy = async (denoiser: Denoiser, sampler: string, numSteps: number) =>
  chiSquared(countsOf((await sampleWith(parseSampler(sampler), denoiser, { numSteps, batch, seed: 8 })).ids), truth);

describe("coupled draws", () => {
  it.each([
    ["ancestral", 1],
    ["ancestral", 2],
    ["ancestral", 3],
    ["spaced", 2],
    ["first-hitting", 3],
  ] as const)("have the causal law by %s in %d steps, of a student that reads the noise", async (sampler, steps) => {
    const { statistic, limit } = await drawnBy(reader(false), sampler, steps);
    expect(statistic).toBeLessThan(limit);
  });

  it("do not have it where the noise is another in each step", async () => {
    // Each token is still of the chain's law given those before it, which is what is told; it is those after that are not.
    const { statistic, limit } = await drawnBy(reader(true), "ancestral", 2);
    expect(statistic).toBeGreaterThan(limit);
  });
});

describe("a choice", () => {
  it("is drawn evenly, anew in each step, for the row as a whole", async () => {
    const seen = new Map<string, number>();
    const noise: NoiseInput = { law: "choice", size: 3 };
    const watching = oracle((names, i, _row, j) => {
      const told = noiseOfRow(noise, noiseKey(noise, names, i), 3);
      expect(told.subarray(3 * j, 3 * j + 3)).toEqual(told.subarray(0, 3));
      seen.set(`${names.rows[i]} ${names.step}`, told.indexOf(1));
      return 0;
    });
    await sampleWith(parseSampler("spaced"), watching, { numSteps: 3, batch, seed: 8 });
    const counts = Array(27).fill(0) as number[];
    for (let row = 0; row < batch; row++) {
      const cell = [1, 2, 3].reduce((digits, step) => 3 * digits + (seen.get(`${row} ${step}`) as number), 0);
      counts[cell] = (counts[cell] as number) + 1;
    }
    const { statistic, limit } = chiSquared(counts, Array(27).fill(1 / 27));
    expect(statistic).toBeLessThan(limit);
  });
});

describe("Gaussian noise", () => {
  const noise: NoiseInput = { law: "gaussian", size: 3 };
  const of = (names: RowNames, length = 5) => noiseOfRow(noise, noiseKey(noise, names, 0), length);

  it("stays over the steps of a row, is another's in another, and begins alike at any length", () => {
    expect(of({ seed: 1, rows: [2], step: 4 })).toEqual(of({ seed: 1, rows: [2], step: 1 }));
    expect(of({ seed: 1, rows: [3], step: 1 })).not.toEqual(of({ seed: 1, rows: [2], step: 1 }));
    expect(of({ seed: 1, rows: [2], step: 1 }, 3)).toEqual(of({ seed: 1, rows: [2], step: 1 }).subarray(0, 9));
  });

  it("is N(0, 1), each number by itself", () => {
    const values = of({ seed: 1, rows: [2], step: 1 }, 20_000);
    const mean = (term: (i: number) => number) => values.reduce((sum, _, i) => sum + term(i), 0) / values.length;
    const at = (i: number) => values[i % values.length] as number;
    expect(Math.abs(mean(at))).toBeLessThan(0.02);
    expect(mean((i) => at(i) ** 2)).toBeCloseTo(1, 1);
    expect(mean((i) => at(i) ** 4)).toBeCloseTo(3, 0);
    for (const lag of [1, 2, 3]) expect(Math.abs(mean((i) => at(i) * at(i + lag)))).toBeLessThan(0.02);
  });
});

describe.each(["gumbel", "gaussian"] as const)("a denoiser with a noise input (%s)", (law) => {
  const noise: NoiseInput = { law, size: 4 };
  const shape = { vocabSize: 5, width: 16, blocks: 2, heads: 2, length: 6, conditioning: 8 };
  const plain = { kind: "dit", ...shape, dropout: 0, causal: false } as const;
  const model = { ...plain, noise };
  const weights = initialise(modelParameters(plain), 3);
  const matrix = float32(
    [16, 4],
    initialise({ m: { shape: [16, 4], initial: { std: 1 } } }, 4).m?.data as Float32Array,
  );
  const xt = Int32Array.of(0, 1, 4, 2, 3, 1);
  const names = { seed: 9, rows: [7], step: 1 };

  it.each(["reference", "onnx"] as const)("reads W · noise beside the mask, and nothing else, by %s", async (name) => {
    const engine = await openEngine(name);
    const told = openDenoiser(engine, model, { ...weights, [noiseWeight]: matrix });
    const values = noiseOfRow(noise, noiseKey(noise, names, 0), 6).subarray(2 * 4, 3 * 4);
    const table = weights["vocab_embed.embedding"] as Tensor;
    const data = (table.data as Float32Array).slice();
    for (let d = 0; d < 16; d++) {
      const own = values.reduce((sum, x, v) => sum + x * ((matrix.data as Float32Array)[4 * d + v] as number), 0);
      data[4 * 16 + d] = (data[4 * 16 + d] as number) + own;
    }
    const expected = openDenoiser(engine, plain, { ...weights, "vocab_embed.embedding": { ...table, data } });
    const wanted = (await expected.logits(xt, 1, [2])).slice();
    const found = (await told.logits(xt, 1, [2], names)).slice();
    const untold = (await told.logits(xt, 1, [2])).slice();
    const largest = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));
    expect(largest(found, wanted)).toBeLessThan(1e-5);
    expect(largest(untold, wanted)).toBeGreaterThan(1e-2);
    expect(untold).toEqual((await openDenoiser(engine, plain, weights).logits(xt, 1, [2])).slice());
  });

  it("tells a row the same whatever batch it is in, and another row other noise", async () => {
    const engine = await openEngine("reference");
    const told = openDenoiser(engine, model, { ...weights, [noiseWeight]: matrix });
    const all = { numSteps: 2, seed: 3 };
    const sampler = parseSampler("ancestral");
    const whole = await sampleWith(sampler, told, { ...all, batch: 4 });
    const second = await sampleWith(sampler, told, { ...all, batch: 2, first: 2 });
    expect([...second.ids]).toEqual([...whole.ids.subarray(12)]);
    const a = await told.logits(Int32Array.from([...xt, ...xt]), 2, [2, 8], { seed: 1, rows: [0, 1], step: 1 });
    expect(a.subarray(0, 5)).not.toEqual(a.subarray(5, 10));
  });
});
