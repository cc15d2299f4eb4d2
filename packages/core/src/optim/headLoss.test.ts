import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { float32, int32, type Specs, sizeOf, specsOfTensors, type TensorMap } from "../base/tensor.js";
import { nllLoss } from "../diffusion/nelbo.js";
import type { TensorFunction } from "../engine/contract.js";
import { liveNodes } from "../engine/onnx/graph.js";
import { trace } from "../engine/onnx/trace.js";
import { openEngine } from "../engine/open.js";
import { type ModelConfig, modelParameters } from "../model/presets.js";
import { initialise, specsOf } from "../nn/params.js";
import { chunkedGradients, chunkedInputs, chunkedLoss, chunkedSpecs, headChunkFor, wholeLoss } from "./headLoss.js";
import { type GradientsFunction, gradientsOf } from "./update.js";

const [capacity, vocabSize] = [16, 300];
const trunk = { vocabSize, width: 16, blocks: 2, heads: 2, length: 8 };
const models: [string, ModelConfig][] = [
  ["a denoiser", { kind: "dit", ...trunk, conditioning: 8, dropout: 0, causal: false }],
  ["a judge, whose head is its embedding", { kind: "gpt2", ...trunk }],
];

const random = randomStream(1, "head");
const integers = (below: number, count: number) => Int32Array.from({ length: count }, () => random.integer(below));
const weights = Float32Array.from(random.uniforms(capacity));
const inputs: TensorMap = {
  ids: int32([2, 8], integers(vocabSize, 16)),
  positions: int32([capacity], random.permutation(16)),
  targets: int32([capacity], integers(vocabSize - 1, capacity)),
  weights: float32([capacity], weights),
};

const outputsOf = (gradients: GradientsFunction, names: readonly string[]): TensorFunction => {
  return (given) => {
    const params = Object.fromEntries(names.map((name) => [name, given[name] as tf.Tensor]));
    const found = gradients(params, given);
    return { loss: found.loss, ...found.gradients };
  };
};

/** The loss and every gradient, of the whole or in chunks. */
async function computed(engineName: "onnx" | "reference", model: ModelConfig, chunk: number): Promise<TensorMap> {
  const engine = await openEngine(engineName, { threads: 1 });
  const head = nllLoss(model);
  const state = specsOf(modelParameters(model));
  const cut = chunk < capacity ? chunkedInputs(inputs, head.perRow, capacity, chunk) : inputs;
  const gradients = chunk < capacity ? chunkedGradients(head, capacity, chunk) : gradientsOf(wholeLoss(head));
  const fn = outputsOf(gradients, Object.keys(state));
  // Gradients are named like state, which they must not replace here.
  const renamed: TensorFunction = (given) =>
    Object.fromEntries(Object.entries(fn(given)).map(([name, value]) => [`d ${name}`, value]));
  const program = await engine.compile(renamed, { name: "head", inputs: specsOfTensors(cut), state });
  program.load(initialise(modelParameters(model), 3));
  const found = await program.run(cut);
  program.dispose();
  return found;
}

/** The largest difference of a tensor, over its largest value; the worst over tensors. */
function relativeDifference(a: TensorMap, b: TensorMap): number {
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
  const ratios = Object.entries(a).map(([name, { data }]) => {
    const others = b[name]?.data ?? [];
    const values = Array.from(data, Number);
    const size = values.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
    return values.reduce((most, x, i) => Math.max(most, Math.abs(x - (others[i] as number))), 0) / size;
  });
  return Math.max(...ratios);
}

describe.each(models)("the head of %s", (_, model) => {
  it.each(["onnx", "reference"] as const)("gives the same loss and gradients in chunks, to 2e-6 (%s)", async (name) => {
    const whole = await computed(name, model, capacity);
    for (const chunk of [1, 5, 8]) {
      expect(relativeDifference(whole, await computed(name, model, chunk))).toBeLessThan(2e-6);
    }
  });

  it("gives another loss where a chunk is left out: the comparison above can fail", async () => {
    const whole = await computed("onnx", model, capacity);
    const zeroed = { ...inputs, weights: float32([capacity], weights.with(3, 0)) };
    const head = nllLoss(model);
    const engine = await openEngine("onnx", { threads: 1 });
    const state = specsOf(modelParameters(model));
    const cut = chunkedInputs(zeroed, head.perRow, capacity, 8);
    const loss = chunkedLoss(head, capacity, 8);
    const fn: TensorFunction = (given) => ({ value: loss(given, given) });
    const program = await engine.compile(fn, { name: "loss", inputs: specsOfTensors(cut), state });
    program.load(initialise(modelParameters(model), 3));
    const { value } = await program.run(cut);
    expect(Math.abs((value?.data[0] as number) - (whole["d loss"]?.data[0] as number))).toBeGreaterThan(1e-3);
  });
});

/** Values of the largest tensor that the traced graph makes, parameters and their gradients aside. */
function largestTensor(model: ModelConfig, gradients: GradientsFunction, specs: Specs): number {
  const state = specsOf(modelParameters(model));
  const { outputs } = trace(outputsOf(gradients, Object.keys(state)), { name: "size", inputs: specs, state });
  const known = new Set(Object.values(state).map(({ shape }) => sizeOf(shape)));
  const made = liveNodes([...outputs.values()]).flatMap((node) => node.outputs.map(({ shape }) => sizeOf(shape)));
  return Math.max(...made.filter((size) => !known.has(size)));
}

describe("the traced gradient graph at the real vocabulary", () => {
  const [rows, V] = [1024, 50_258];
  const model: ModelConfig = {
    ...{ kind: "dit", vocabSize: V, width: 64, blocks: 1, heads: 1, length: rows },
    ...{ conditioning: 8, dropout: 0, causal: false },
  };
  const head = nllLoss(model);
  const specs: Specs = {
    ids: { shape: [1, rows], dtype: "int32" },
    positions: { shape: [rows], dtype: "int32" },
    targets: { shape: [rows], dtype: "int32" },
    weights: { shape: [rows], dtype: "float32" },
  };

  it("holds the logits of one chunk and never of all positions", () => {
    const chunk = headChunkFor(V, rows);
    expect(chunk).toBe(256);
    const cut = chunkedSpecs(specs, head.perRow, rows, chunk);
    expect(largestTensor(model, chunkedGradients(head, rows, chunk), cut)).toBe(chunk * V);
  });

  it("would hold all of them in one piece", () => {
    expect(largestTensor(model, gradientsOf(wholeLoss(head)), specs)).toBe(rows * V);
  });
});

/** Products of matrices in the traced gradient graph, without those that sum columns. */
function products(model: ModelConfig, gradients: GradientsFunction, specs: Specs): number {
  const state = specsOf(modelParameters(model));
  const { outputs } = trace(outputsOf(gradients, Object.keys(state)), { name: "count", inputs: specs, state });
  return liveNodes([...outputs.values()]).filter(
    ({ op, outputs: [product] }) => op.endsWith("MatMul") && product?.shape[0] !== 1,
  ).length;
}

it.each(models)("the traced trunk of %s is in the graph once, also where the head is in chunks", (_, model) => {
  const head = nllLoss(model);
  const specs = specsOfTensors(inputs);
  const whole = products(model, gradientsOf(wholeLoss(head)), specs);
  const chunks = (chunk: number) =>
    products(model, chunkedGradients(head, capacity, chunk), chunkedSpecs(specs, head.perRow, capacity, chunk));
  // A chunk adds its own logits and their two gradients; a denoiser's head also folds its conditioning backward.
  const perChunk = (chunks(4) - chunks(8)) / 2;
  expect(perChunk).toBeLessThan(12);
  expect(chunks(8) - whole).toBeLessThanOrEqual(2 * perChunk);
});

describe("headChunkFor", () => {
  it("leaves small heads in one piece, and never takes more than 64 MiB of logits", () => {
    expect(headChunkFor(513, 2048)).toBe(2048);
    for (const V of [30_000, 50_258, 250_000]) expect(headChunkFor(V, 4096) * V).toBeLessThanOrEqual(2 ** 24);
    expect(headChunkFor(2 ** 26, 8)).toBe(1);
  });
});
