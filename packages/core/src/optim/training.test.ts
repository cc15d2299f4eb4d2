/**
 * @file Whole training updates: the same on every engine, and the same twice.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { float32, int32, type Spec, type TensorMap, type TensorsByName, tensor } from "../base/tensor.js";
import { weightsHash } from "../checkpoint/safetensors/safetensors.js";
import { maskTokens, sampleTimes } from "../diffusion/forward.js";
import { withoutMask } from "../diffusion/subs.js";
import type { Engine } from "../engine/contract.js";
import { openEngine } from "../engine/open.js";
import { logitsAt } from "../model/logits.js";
import { type ModelConfig, modelParameters } from "../model/presets.js";
import { rowsOf } from "../nn/embedding.js";
import { nll } from "../nn/logSoftmax.js";
import { initialise, specsOf, zerosLike } from "../nn/params.js";
import { adamwDefaults, adamwScalarSpecs, adamwScalars } from "./adamw.js";
import { grouped, updateFunction, updateStateSpecs } from "./update.js";

const [batch, length, vocabSize] = [4, 8, 12];
const trunk = { vocabSize, width: 16, blocks: 2, heads: 2, length };
const denoiser: ModelConfig = { kind: "dit", ...trunk, conditioning: 8, dropout: 0.25, causal: false };
/** Reads texts shorter than its positions: the gradient of a slice. */
const judge: ModelConfig = { kind: "gpt2", ...trunk, length: 2 * length };

const tokens = batch * length;
const int = (shape: number[]): Spec => ({ shape, dtype: "int32" });
const inputSpecs: Record<string, Spec> = {
  ids: int([batch, length]),
  positions: int([tokens]),
  targets: int([tokens]),
  weights: { shape: [tokens], dtype: "float32" },
  kept: { shape: [4, tokens, 16], dtype: "bool" },
};

/** Counting up from a drawn id: something that can be learned in 20 updates. */
function batchOf(update: number): TensorMap {
  const random = randomStream(5, "training", update);
  const maskId = vocabSize - 1;
  const starts = Array.from({ length: batch }, () => random.integer(maskId));
  const x0 = Int32Array.from({ length: tokens }, (_, i) => ((starts[Math.floor(i / length)] ?? 0) + i) % maskId);
  const xt = maskTokens(random, x0, sampleTimes(random, batch, 0.1, 0.9), maskId);
  const masked = xt.map((id) => Number(id === maskId));
  const count = masked.reduce((sum, one) => sum + one, 0);
  return {
    ids: int32([batch, length], xt),
    positions: int32([tokens], [...xt.keys()]),
    targets: int32([tokens], x0),
    weights: float32(
      [tokens],
      Float32Array.from(masked, (one) => one / count),
    ),
    kept: tensor(
      "bool",
      [4, tokens, 16],
      random.bytes(4 * tokens * 16).map((byte) => Number(byte >= 64)),
    ),
  };
}

const lossOf =
  (model: ModelConfig) =>
  (params: TensorsByName, inputs: TensorsByName): tf.Scalar => {
    const { ids, positions, targets, weights, kept } = inputs as Record<string, tf.Tensor>;
    const logits = logitsAt(params, model, ids as tf.Tensor, positions as tf.Tensor, kept ? { kept } : {});
    return tf.sum(tf.mul(nll(withoutMask(logits), targets as tf.Tensor), weights as tf.Tensor));
  };

async function train(engine: Engine, model: ModelConfig, updates: number): Promise<{ losses: number[]; hash: string }> {
  const weights = initialise(modelParameters(model), 3);
  const specs = specsOf(modelParameters(model));
  const signature = {
    name: "training",
    inputs: { ...inputSpecs, ...adamwScalarSpecs() },
    state: updateStateSpecs(specs),
  };
  const options = { ...adamwDefaults, weightDecay: 0.01, emaDecay: 0.99 };
  const program = await engine.compile(updateFunction(lossOf(model), options), signature);
  program.load({ ...grouped("model", weights), ...grouped("ema", weights) });
  program.load({ ...grouped("adam.m", zerosLike(specs)), ...grouped("adam.v", zerosLike(specs)) });
  const losses: number[] = [];
  for (let n = 1; n <= updates; n++) {
    const outputs = await program.run({ ...batchOf(n), ...adamwScalars(n, 1e-2, options) });
    losses.push(outputs.loss?.data[0] as number);
  }
  const hash = weightsHash(await program.state());
  program.dispose();
  return { losses, hash };
}

const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);
const onnx = await openEngine("onnx", { threads: 2 });
const reference = await openEngine("reference");

describe.each([
  ["a denoiser with dropout", denoiser],
  ["a judge", judge],
] as const)("%s", (_, model) => {
  it("has the same losses over 20 updates on onnx and on reference, to 1e-4", async () => {
    const [fast, slow] = [await train(onnx, model, 20), await train(reference, model, 20)];
    const differences = fast.losses.map((loss, i) => Math.abs(loss - (slow.losses[i] as number)));
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(sum(fast.losses.slice(15))).toBeLessThan(sum(fast.losses.slice(0, 5)));
  });

  it("is trained to the same bytes twice, with two threads", async () => {
    const runs = [await train(onnx, model, 5), await train(onnx, model, 5)];
    expect(runs[1]).toEqual(runs[0]);
  });
});

it("adds up the gradient of rows taken thousands of times in the same order every time", async () => {
  const [rows, width, taken] = [7, 256, 4096];
  const random = randomStream(4, "rows");
  const inputs = {
    matrix: float32([rows, width], random.normals(rows * width)),
    ids: int32(
      [taken],
      Int32Array.from({ length: taken }, () => random.integer(rows)),
    ),
    slope: float32([taken, width], random.normals(taken * width)),
  };
  const fn = ({ matrix, ids, slope }: TensorsByName) => {
    const [gradient] = tf.grads((m) => tf.sum(tf.mul(rowsOf(m, ids as tf.Tensor), slope as tf.Tensor)))([
      matrix as tf.Tensor,
    ]);
    return { gradient: gradient as tf.Tensor };
  };
  const program = await onnx.compile(fn, { name: "rows", inputs });
  const hashes = new Set<string>();
  for (let i = 0; i < 40; i++) hashes.add(weightsHash(await program.run(inputs)));
  expect(hashes.size).toBe(1);
});
