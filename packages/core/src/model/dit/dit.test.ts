import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { int32, type TensorMap, tensor } from "../../base/tensor.js";
import { openEngine } from "../../engine/open.js";
import { rowsOf } from "../../nn/embedding.js";
import { initialise, specsOf } from "../../nn/params.js";
import { lossAndGradients } from "../../optim/update.js";
import { largestDifference } from "../published.fixture.js";
import type { DitConfig } from "./config.js";
import { ditParameters, ditTrunk } from "./dit.js";

const engine = await openEngine("onnx", { threads: 1 });
const base: DitConfig = {
  vocabSize: 9,
  width: 8,
  blocks: 2,
  heads: 2,
  length: 6,
  conditioning: 4,
  dropout: 0.5,
  causal: false,
};

/** The residual stream of two sequences, row after row of width 8. */
async function stream(
  config: DitConfig,
  ids: readonly number[],
  kept?: number,
  look?: readonly number[],
): Promise<Float32Array> {
  const weights = initialise(ditParameters(config), 1);
  const inputs: TensorMap = {
    ids: int32([2, 6], ids),
    ...(kept !== undefined && { kept: tensor("bool", [4, 12, 8], new Uint8Array(384).fill(kept)) }),
    ...(look && { look: tensor("float32", [6, 6], look) }),
  };
  const fn = (given: Readonly<Record<string, tf.Tensor>>) => ({
    h: ditTrunk(given, config, given.ids as tf.Tensor, {
      ...(given.kept && { kept: given.kept }),
      ...(given.look && { look: given.look }),
    }),
  });
  const program = await engine.compile(fn, { name: "trunk", inputs, state: specsOf(ditParameters(config)) });
  program.load(weights);
  return (await program.run(inputs)).h?.data as Float32Array;
}

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4];
const changed = ids.with(3, 0);
/** Positions (of 12) whose row differs. */
const moved = (a: Float32Array, b: Float32Array) =>
  Array.from({ length: 12 }, (_, row) => row).filter(
    (row) => largestDifference(a.subarray(8 * row, 8 * row + 8), b.subarray(8 * row, 8 * row + 8)) > 1e-6,
  );

describe("the trunk", () => {
  it("lets every position see every other of its sequence, and none of another", async () => {
    expect(moved(await stream(base, ids), await stream(base, changed))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("never lets a position see a later one when causal", async () => {
    const causal = { ...base, causal: true };
    expect(moved(await stream(causal, ids), await stream(causal, changed))).toEqual([3, 4, 5]);
  });

  it("lets positions see what they are given to see: all, earlier ones, or any others", async () => {
    const lookOf = (sees: (row: number, column: number) => boolean) =>
      Array.from({ length: 36 }, (_, i) => (sees(Math.floor(i / 6), i % 6) ? 0 : -1e9));
    const all = await stream(
      base,
      ids,
      undefined,
      lookOf(() => true),
    );
    expect(largestDifference(all, await stream(base, ids))).toBeLessThan(1e-6);
    const earlier = lookOf((row, column) => column <= row);
    const causal = await stream({ ...base, causal: true }, ids);
    expect(largestDifference(await stream(base, ids, undefined, earlier), causal)).toBeLessThan(1e-6);
    const alone = lookOf((row, column) => column === row || (row === 5 && column === 3));
    expect(moved(await stream(base, ids, undefined, alone), await stream(base, changed, undefined, alone))).toEqual([
      3, 5,
    ]);
  });

  it("is read from the position before when shifted, the first of a row from its last", async () => {
    const [plain, shifted] = [await stream(base, ids), await stream({ ...base, shift: true }, ids)];
    for (let row = 0; row < 12; row++) {
      const from = row % 6 === 0 ? row + 5 : row - 1;
      expect(shifted.subarray(8 * row, 8 * row + 8)).toEqual(plain.subarray(8 * from, 8 * from + 8));
    }
  });

  it("tells positions of equal tokens apart", async () => {
    const h = await stream(base, [1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(largestDifference(h.subarray(0, 8), h.subarray(8, 16))).toBeGreaterThan(1e-4);
  });

  it("is the embedding alone where dropout keeps nothing", async () => {
    const embedding = initialise(ditParameters(base), 1)["vocab_embed.embedding"]?.data as Float32Array;
    const rows = ids.flatMap((id) => Array.from(embedding.subarray(8 * id, 8 * id + 8)));
    expect(largestDifference(await stream(base, ids, 0), rows)).toBe(0);
  });

  it("scales what dropout keeps by 1 / (1 − rate)", async () => {
    const full = { ...base, dropout: 0 };
    expect(largestDifference(await stream(full, ids, 1), await stream(full, ids))).toBeLessThan(1e-6);
    expect(moved(await stream(base, ids, 1), await stream(base, ids))).toHaveLength(12);
  });
});

describe.each(["onnx", "reference"] as const)("a trunk that is asked about some positions (%s)", (name) => {
  it.each([
    ["dropout", base],
    ["a causal network", { ...base, causal: true }],
    ["one block", { ...base, blocks: 1 }],
    ["shifted positions", { ...base, shift: true }],
  ])("gives their rows of the whole, and the same gradients, with %s", async (_, config) => {
    const own = await openEngine(name, { threads: 1 });
    const sites = 2 * config.blocks;
    const kept = Uint8Array.from({ length: sites * 96 }, (_, i) => Number(i % 3 > 0));
    const inputs: TensorMap = {
      ids: int32([2, 6], ids),
      at: int32([5], [7, 0, 11, 3, 2]),
      kept: tensor("bool", [sites, 12, 8], kept),
      slope: tensor(
        "float32",
        [5, 8],
        Float32Array.from({ length: 40 }, (_, i) => Math.sin(i)),
      ),
    };
    const state = specsOf(ditParameters(config));
    const found = async (asked: boolean) => {
      const program = await own.compile(
        (given) => {
          const h = (params: Record<string, tf.Tensor>) => {
            const options = { kept: given.kept as tf.Tensor, ...(asked && { at: given.at as tf.Tensor }) };
            const rows = ditTrunk(params, config, given.ids as tf.Tensor, options);
            return asked ? rows : rowsOf(rows, given.at as tf.Tensor);
          };
          const params = Object.fromEntries(Object.keys(state).map((key) => [key, given[key] as tf.Tensor]));
          const { loss, gradients } = lossAndGradients(params, (p) => tf.sum(tf.mul(h(p), given.slope as tf.Tensor)));
          const named = Object.entries(gradients).map(([key, value]) => [`gradient/${key}`, value]);
          return { h: h(params), loss, ...Object.fromEntries(named) };
        },
        { name: "asked", inputs, state },
      );
      program.load(initialise(ditParameters(config), 1));
      return program.run(inputs);
    };
    const [some, whole] = [await found(true), await found(false)];
    expect(Object.keys(some).length).toBeGreaterThan(10);
    for (const key of Object.keys(whole)) {
      const [got, expected] = [some[key]?.data, whole[key]?.data] as [Float32Array, Float32Array];
      expect([key, largestDifference(got, expected)]).toEqual([key, expect.closeTo(0, 5)]);
    }
  });
});
