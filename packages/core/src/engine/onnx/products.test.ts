import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import { float32, type TensorMap } from "../../base/tensor.js";
import {
  brainFromFloat32,
  float32FromBrain,
  float32FromHalf,
  halfFromFloat32,
} from "../../checkpoint/safetensors/halfFloat.js";
import type { TensorFunction } from "../contract.js";
import { openEngine } from "../open.js";
import { blocks } from "../traced.js";
import { type HalfType, halfTypes, inHalf } from "./products.js";

const roundings: Record<HalfType, (values: Float32Array) => Float32Array> = {
  float16: (values) => float32FromHalf(halfFromFloat32(values)),
  bfloat16: (values) => float32FromBrain(brainFromFloat32(values)),
};

const random = randomStream(1, "products");
const matrix = (rows: number, columns: number) =>
  float32(
    [rows, columns],
    Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5),
  );
const specs = (inputs: TensorMap) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));

async function computed(fn: TensorFunction, inputs: TensorMap, products?: HalfType) {
  const engine = await openEngine("onnx", { threads: 1, products });
  const program = await engine.compile(fn, { name: "products", inputs: specs(inputs) });
  const results = await program.run(inputs);
  program.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

/** a · bᵀ with what is rounded at either end, summed in double precision. */
function byHand(a: Float32Array, b: Float32Array, size: number, round: (x: Float32Array) => Float32Array) {
  const [left, right] = [round(a), round(b)];
  const columns = b.length / size;
  const sums = Float32Array.from({ length: (a.length / size) * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns) * size, (at % columns) * size];
    return left.subarray(i, i + size).reduce((sum, x, k) => sum + x * (right[j + k] as number), 0);
  });
  return round(sums);
}

describe.each(halfTypes)("products in %s", (type) => {
  const round = roundings[type];

  it("are of rounded operands, summed in float32, and rounded; all else is as it was", async () => {
    const inputs = { a: matrix(5, 24), b: matrix(7, 24) };
    const fn: TensorFunction = ({ a, b }) => ({
      product: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true),
      sum: tf.add(a as tf.Tensor, 1e-4),
    });
    const [half, whole] = [await computed(fn, inputs, type), await computed(fn, inputs)];
    const wanted = byHand(inputs.a.data as Float32Array, inputs.b.data as Float32Array, 24, round);
    const spacing = type === "float16" ? 2 ** -10 : 2 ** -7;
    half.product?.forEach((value, i) => {
      // Another order of the sum may round to the neighbour.
      expect(Math.abs(value - (wanted[i] as number))).toBeLessThanOrEqual(2 * spacing * Math.abs(value));
      expect(round(Float32Array.of(value))[0]).toBe(value);
    });
    expect(half.product).not.toEqual(whole.product);
    expect(half.sum).toEqual(whole.sum);
  });

  it("are so in the blocks of a Scan too, beside a product of the same values around it", async () => {
    const inputs = { a: matrix(4, 8), b: matrix(8, 8) };
    const fn: TensorFunction = ({ a, b }) => {
      const product = tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
      const cut = { rows: tf.reshape(a as tf.Tensor, [2, 2, 8]) };
      const inBlocks = blocks();
      if (!inBlocks) throw new Error("a processor's programs have blocks");
      const each = ({ rows, weight }: Record<string, tf.Tensor>) => ({
        found: tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D),
      });
      const { found } = inBlocks(each as Parameters<typeof inBlocks>[0], cut, { weight: b as tf.Tensor });
      return { product, found: tf.reshape(found as tf.Tensor, [4, 8]) };
    };
    const { product, found } = await computed(fn, inputs, type);
    expect(found).toEqual(product);
    expect(round(found as Float32Array)).toEqual(found);
  });
});

it("a value that several products read is rounded once", () => {
  const nodes = ["p", "q"].map((result) => ({ opType: "MatMul", input: ["a", "b"], output: [result] }));
  const casts = (isNative: boolean) =>
    inHalf(nodes, { type: "float16", isNative }).filter(({ opType }) => opType === "Cast").length;
  expect([casts(true), casts(false)]).toEqual([2 + 2, 2 * 2 + 2 * 2]);
});

it("an engine without such products refuses them, and auto takes the one that has them", async () => {
  await expect(openEngine("reference", { products: "float16" })).rejects.toThrow(
    "engine: reference must be one of the engines with products in half precision, got float16. Use --engine=onnx, or leave --products out.",
  );
  await expect(openEngine("onnx", { products: "bfloat16", device: "webgpu" })).rejects.toThrow(
    "engine: webgpu must have the type of --products, got bfloat16. Use --products=float16.",
  );
  expect((await openEngine("auto", { products: "bfloat16", threads: 1 })).description).toContain(
    "products in bfloat16",
  );
});
