import { describe, expect, it } from "vitest";
import type { Engine } from "../../engine/contract.js";
import { openEngine } from "../../engine/open.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { openDenoiser } from "./denoiser.js";
import { sameRows, spreadRows } from "./sameRows.js";

const [a, b] = [
  [1, 2, 3],
  [1, 2, 4],
];

describe("equal rows", () => {
  it("are asked about once, each position of them once, and every answer finds its way back", () => {
    const xt = Int32Array.from([a, b, a, b].flatMap((row) => row as number[]));
    const found = sameRows(xt, 4, [0, 2, 4, 6, 7, 11]);
    expect(found).toEqual({
      xt: Int32Array.from([1, 2, 3, 1, 2, 4]),
      rows: 2,
      positions: [0, 2, 4, 1, 5],
      answers: [0, 1, 2, 0, 3, 4],
      rowOf: [0, 1, 0, 1],
    });
    const values = Float32Array.from([10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
    expect([...spreadRows(values, 2, found?.answers ?? [], new Float32Array(12))]).toEqual([
      10, 11, 20, 21, 30, 31, 10, 11, 40, 41, 50, 51,
    ]);
  });

  it("are left as they are where another row stands alone, as in a batch that is filled up", () => {
    expect(sameRows(Int32Array.from([...(b as number[]), 0, 0, 0, 0, 0, 0]), 3, [0, 1])).toBeUndefined();
  });

  it("are not equal where they are told otherwise", () => {
    const xt = Int32Array.from([a, a, a, a].flatMap((row) => row as number[]));
    const [one, other] = [{}, {}];
    expect(sameRows(xt, 4, [0, 3, 6, 9], [one, other, one, other])).toMatchObject({ rows: 2, answers: [0, 1, 0, 1] });
    expect(sameRows(xt, 4, [0, 3, 6, 9], [one, undefined, one, other])).toBeUndefined();
  });

  it("are none where every row differs, also where rows differ in high bytes only", () => {
    expect(sameRows(Int32Array.from([...(a as number[]), ...(b as number[])]), 2, [0, 4])).toBeUndefined();
    expect(sameRows(Int32Array.from([1, 2, 3, 1, 2, 3 + 2 ** 24]), 2, [0, 4])).toBeUndefined();
    expect(sameRows(Int32Array.from([5]), 1, [0])).toBeUndefined();
  });
});

describe("a compiled denoiser", () => {
  const model: ModelConfig = {
    ...{ kind: "dit", vocabSize: 11, width: 16, blocks: 1, heads: 2, length: 6, conditioning: 8 },
    ...{ dropout: 0, causal: false },
  };

  it("says of equal rows what it says of one alone, and evaluates one", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const shapes: (readonly number[] | undefined)[] = [];
    const watched: Engine = Object.assign(Object.create(engine), {
      compile: (...given: Parameters<Engine["compile"]>) => {
        shapes.push(given[1].inputs.ids?.shape);
        return engine.compile(...given);
      },
    });
    const weights = initialise(modelParameters(model), 3);
    const [network, other] = [openDenoiser(watched, model, weights), openDenoiser(engine, model, weights)];
    const masked = new Int32Array(6).fill(10);
    const all = await network.logits(
      Int32Array.from({ length: 24 }, () => 10),
      4,
      [0, 3, 7, 9, 23],
    );
    const alone = await other.logits(masked, 1, [0, 3, 1, 5]);
    const rowOf = (values: Float32Array, i: number) => values.subarray(11 * i, 11 * i + 11);
    expect([0, 1, 2, 3, 4].map((i) => rowOf(all, i))).toEqual([0, 1, 2, 1, 3].map((i) => rowOf(alone, i)));
    expect(shapes.filter(Boolean)).toEqual([[1, 6]]);
    network.dispose();
    other.dispose();
  });
});
