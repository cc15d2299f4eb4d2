/** @file Copies of the last block: which copy a row goes through, and whom its gradient reaches. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { int32, type Tensor, type TensorMap } from "../../base/tensor.js";
import { weightedNll } from "../../diffusion/nelbo.js";
import { openEngine } from "../../engine/open.js";
import { initialise } from "../../nn/params.js";
import { lossAndGradients } from "../../optim/update.js";
import { openDenoiser } from "../../sampler/network/denoiser.js";
import { type ModelConfig, modelParameters } from "../presets.js";
import { copyOf } from "./decoders.js";

const [V, L] = [7, 8];
const maskId = V - 1;
type Dit = Extract<ModelConfig, { kind: "dit" }>;
const plain: Dit = {
  ...{ kind: "dit", vocabSize: V, width: 16, blocks: 2, heads: 2, length: L, conditioning: 8 },
  ...{ dropout: 0, causal: false },
};
const model: Dit = { ...plain, decoders: 3 };
const copied = initialise(modelParameters(model), 3);

/** The network whose only last block is copy k. */
function only(k: number): TensorMap {
  const own = Object.entries(copied).filter(([name]) => !/^blocks\.[123]\./.test(name));
  const last = Object.entries(copied).filter(([name]) => name.startsWith(`blocks.${1 + k}.`));
  return Object.fromEntries([
    ...own,
    ...last.map(([name, value]) => [name.replace(/^blocks\.\d+/, "blocks.1"), value] as const),
  ]);
}

/** A row whose last positions are masked. */
const row = (masks: number) =>
  Int32Array.from({ length: L }, (_, j) => (j >= L - masks ? maskId : (3 * j + masks) % maskId));
const rows = (...masks: number[]) => Int32Array.from(masks.flatMap((count) => [...row(count)]));

describe("the copy of a row", () => {
  it("is that of the interval of its share of masks", () => {
    expect([0, 1, 2, 3, 5, 6, 8].map((masks) => copyOf(masks, L, 3))).toEqual([0, 0, 0, 1, 1, 2, 2]);
    expect([0, 64, 128, 129, 256].map((masks) => copyOf(masks, 256, 2))).toEqual([0, 0, 0, 1, 1]);
    expect([64, 65, 128, 129, 192, 193].map((masks) => copyOf(masks, 256, 4))).toEqual([0, 1, 1, 2, 2, 3]);
  });
});

describe.each(["onnx", "reference"] as const)("three copies, on %s,", (name) => {
  const open = async (own: ModelConfig, weights: TensorMap) =>
    openDenoiser(await openEngine(name, name === "onnx" ? { threads: 1 } : {}), own, weights);
  const asked = (count: number) => Array.from({ length: count }, (_, i) => i * L + L - 1);

  it("that are alike are the network itself, to the last bit", async () => {
    const block = Object.entries(copied).filter(([key]) => key.startsWith("blocks.1."));
    const again = [2, 3].flatMap((i) =>
      block.map(([key, value]) => [key.replace("blocks.1", `blocks.${i}`), value] as const),
    );
    const alike = await open(model, { ...copied, ...Object.fromEntries(again) });
    const network = await open(plain, only(0));
    for (const masks of [[1, 4, 8], [2, 2], [8]]) {
      const xt = rows(...masks);
      const found = (await alike.logits(xt, masks.length, asked(masks.length))).slice();
      expect(found).toEqual((await network.logits(xt, masks.length, asked(masks.length))).slice());
    }
  });

  it("answer each row by its own, together or alone", async () => {
    const network = await open(model, copied);
    const masks = [1, 4, 8, 2, 5];
    const together = (await network.logits(rows(...masks), masks.length, asked(masks.length))).slice();
    for (const [i, count] of masks.entries()) {
      const own = await open(plain, only(copyOf(count, L, 3)));
      const other = await open(plain, only((copyOf(count, L, 3) + 1) % 3));
      const ofRow = async (one: typeof own) => (await one.logits(row(count), 1, [L - 1])).slice();
      const [wanted, alone, foreign] = [await ofRow(own), await ofRow(network), await ofRow(other)];
      wanted.forEach((logit, v) => {
        expect(together[i * V + v]).toBeCloseTo(logit, 5);
        expect(alone[v]).toBeCloseTo(logit, 5);
      });
      expect(Math.max(...wanted.map((logit, v) => Math.abs(logit - (foreign[v] as number))))).toBeGreaterThan(1e-3);
    }
  });

  it("are moved by rows of their interval alone, and as the network with that block would be", async () => {
    const engine = await openEngine(name, name === "onnx" ? { threads: 1 } : {});
    const xt = rows(3, 5, 4);
    const at = [5, 6, 7, 8 + 6, 16 + 7];
    const inputs = {
      ids: int32([3, L], xt),
      positions: int32([at.length], at),
      targets: int32([at.length], [0, 1, 2, 3, 4]),
      weights: { shape: [at.length], dtype: "float32" as const, data: new Float32Array(at.length).fill(0.2) },
    };
    const slopes = async (own: ModelConfig, weights: TensorMap) => {
      const names = Object.keys(weights);
      const fn = (given: Record<string, tf.Tensor>) => {
        const params = Object.fromEntries(names.map((key) => [key, given[key] as tf.Tensor]));
        const { gradients } = lossAndGradients(params, (p) => weightedNll(own)(p, given));
        return Object.fromEntries(
          names.map((key) => [`d ${key}`, gradients[key] ?? tf.zerosLike(given[key] as tf.Tensor)]),
        );
      };
      const specs = (tensors: TensorMap) =>
        Object.fromEntries(Object.entries(tensors).map(([key, { shape, dtype }]) => [key, { shape, dtype }]));
      const program = await engine.compile(fn, { name: "slopes", inputs: specs(inputs), state: specs(weights) });
      program.load(weights);
      return program.run(inputs);
    };
    const own = await slopes(model, copied);
    const wanted = await slopes(plain, only(1));
    for (const [key, { data }] of Object.entries(own)) {
      const block = Number(/^d blocks\.(\d+)\./.exec(key)?.[1] ?? 0);
      if (block === 1 || block === 3) expect([...data].every((x) => x === 0)).toBe(true);
      else {
        const same = (wanted[key.replace("blocks.2.", "blocks.1.")] as Tensor).data;
        data.forEach((x, i) => {
          expect(Number(x)).toBeCloseTo(Number(same[i]), 5);
        });
      }
    }
    expect([...(own["d blocks.2.attn_qkv.weight"] as Tensor).data].some((x) => x !== 0)).toBe(true);
  });
});
