import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../engine/open.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { type Denoiser, openDenoiser } from "./denoiser.js";

const model: ModelConfig = {
  ...{ kind: "dit", vocabSize: 11, width: 16, blocks: 1, heads: 2, length: 6, conditioning: 8 },
  ...{ dropout: 0.5, causal: false },
};
const row = (seed: number) => Int32Array.from({ length: 6 }, (_, i) => (i * seed) % 11);
const rows = [1, 3, 5].map(row);
let denoiser: Denoiser;

beforeAll(async () => {
  denoiser = openDenoiser(await openEngine("reference"), model, initialise(modelParameters(model), 3));
});
afterAll(() => denoiser.dispose());

const near = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

describe("a compiled denoiser", () => {
  it("gives the same logits of a row alone and beside others, whatever bucket they fall into", async () => {
    const xt = Int32Array.from(rows.flatMap((ids) => [...ids]));
    const together = (await denoiser.logits(xt, 3, [2, 6 + 4, 12 + 1])).slice();
    for (const [i, place] of [2, 4, 1].entries()) {
      const alone = await denoiser.logits(rows[i] as Int32Array, 1, [place]);
      expect(near(alone, together.subarray(11 * i, 11 * i + 11))).toBeLessThan(1e-5);
    }
  });

  it("answers in the order of the positions asked for", async () => {
    const ids = rows[1] as Int32Array;
    const forth = (await denoiser.logits(ids, 1, [0, 3, 5])).slice();
    const back = await denoiser.logits(ids, 1, [5, 3, 0]);
    expect(near(forth.subarray(0, 11), back.subarray(22, 33))).toBeLessThan(1e-6);
    expect(near(forth.subarray(0, 11), back.subarray(0, 11))).toBeGreaterThan(1e-3);
  });

  it("has dropout off, whatever it was trained with", async () => {
    const ask = async () => (await denoiser.logits(rows[0] as Int32Array, 1, [1, 2])).slice();
    expect(await ask()).toEqual(await ask());
  });

  it("writes each answer over the one before, a shorter one over a part of it", async () => {
    const ids = rows[0] as Int32Array;
    const wanted = (await denoiser.logits(ids, 1, [4])).slice();
    const first = await denoiser.logits(ids, 1, [1, 2]);
    const second = await denoiser.logits(ids, 1, [4]);
    expect(second.buffer).toBe(first.buffer);
    expect(second).toEqual(wanted);
  });

  it("makes no evaluation for no position", async () => {
    expect(await denoiser.logits(rows[0] as Int32Array, 1, [])).toHaveLength(0);
  });
});

describe("a denoiser with a large vocabulary", () => {
  const [V, length] = [50_258, 512];
  const large: ModelConfig = { ...model, kind: "dit", vocabSize: V, width: 8, length, dropout: 0, causal: false };
  const ids = Int32Array.from({ length }, (_, i) => (i * 97) % V);

  it("gives in chunks what it gives for a few positions, in the order asked for", async () => {
    const network = openDenoiser(await openEngine("onnx"), large, initialise(modelParameters(large), 3));
    const asked = Array.from({ length: 300 }, (_, i) => (i * 7) % length);
    const all = (await network.logits(ids, 1, asked)).slice();
    expect(all).toHaveLength(300 * V);
    const few = await network.logits(
      ids,
      1,
      [0, 255, 256, 299].map((i) => asked[i] as number),
    );
    for (const [k, i] of [0, 255, 256, 299].entries()) {
      const row = all.subarray(i * V, (i + 1) * V);
      expect(row.some((x, v) => Math.abs(x - (few[k * V + v] as number)) > 1e-5)).toBe(false);
    }
    expect(all.subarray(0, V)).not.toEqual(all.subarray(V, 2 * V));
    network.dispose();
  });
});
