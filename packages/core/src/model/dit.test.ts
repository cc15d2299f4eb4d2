import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/select.js";
import { int32, type TensorMap, tensor } from "../tensor.js";
import { type DitConfig, ditParameters, ditTrunk } from "./dit.js";
import { initialise, specsOf } from "./params.js";
import { largestDifference } from "./published.fixture.js";

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
async function stream(config: DitConfig, ids: readonly number[], kept?: number): Promise<Float32Array> {
  const weights = initialise(ditParameters(config), 1);
  const inputs: TensorMap = {
    ids: int32([2, 6], ids),
    ...(kept !== undefined && { kept: tensor("bool", [4, 12, 8], new Uint8Array(384).fill(kept)) }),
  };
  const fn = (given: Readonly<Record<string, tf.Tensor>>) => ({
    h: ditTrunk(given, config, given.ids as tf.Tensor, given.kept ? { kept: given.kept } : {}),
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
