/**
 * @file The architectures against the published code, on every engine.
 *
 * Tolerances are those of `fixtures/README.md`: a few times the distance of float32 from float64 there.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { subsLogProbs } from "../diffusion/subs.js";
import type { Engine, TensorFunction } from "../engine/engine.js";
import { engineReports, openEngine } from "../engine/select.js";
import { float32, int32, sameShape, type TensorMap } from "../tensor.js";
import { conditioning, type DitConfig, ditHead, ditParameters, ditTrunk } from "./dit.js";
import { type Gpt2Config, gpt2Head, gpt2Parameters, gpt2Trunk } from "./gpt2.js";
import { nll } from "./layers/logSoftmax.js";
import { largestDifference, publishedArray, publishedJson, publishedWeights } from "./published.fixture.js";

const usable = (await engineReports()).filter((report) => report.usable);
const engines = await Promise.all(usable.map(({ name }) => openEngine(name, { threads: 1 })));

async function outputsOf(
  engine: Engine,
  fn: TensorFunction,
  weights: TensorMap,
  inputs: TensorMap,
): Promise<TensorMap> {
  const program = await engine.compile(fn, { name: "parity", inputs, state: weights });
  program.load(weights);
  const outputs = await program.run(inputs);
  program.dispose();
  return outputs;
}

function expectClose(outputs: TensorMap, name: string, file: string, tolerance: number): void {
  const { data } = publishedArray(file);
  expect(largestDifference(outputs[name]?.data ?? [], data), name).toBeLessThan(tolerance);
}

const described = publishedJson("dit-tiny/inputs.json");
const { model: shape } = described.config;
const dit: DitConfig = {
  vocabSize: described.config.vocab_size,
  width: shape.hidden_size,
  blocks: shape.n_blocks,
  heads: shape.n_heads,
  length: shape.length,
  conditioning: shape.cond_dim,
  dropout: 0,
  causal: false,
};
const ids = int32([4, 16], described.ids.flat());
const maskId = described.config.mask_index;

/** Everything that the fixtures hold of one forward pass. */
const ditForward: TensorFunction = (inputs) => {
  const c = conditioning(inputs, inputs.sigma as tf.Tensor1D);
  const seen: Record<string, tf.Tensor> = {};
  const observe = (block: number, h: tf.Tensor) => {
    if (block >= 0) seen[`block${block}`] = h;
  };
  const logits = ditHead(inputs, ditTrunk(inputs, dit, inputs.ids as tf.Tensor, { conditioning: c, observe }), c);
  return { cond: tf.clone(c), ...seen, logits, logProbs: subsLogProbs(logits) };
};

const cases = [
  { weights: "tiny", sigmas: "sigma0", tolerance: 2e-6 },
  { weights: "tiny", sigmas: "sigmaNZ", tolerance: 2e-6 },
  { weights: "strong", sigmas: "sigma0", tolerance: 3e-5 },
  { weights: "strong", sigmas: "sigmaNZ", tolerance: 3e-5 },
];

describe.each(engines)("$name", (engine) => {
  it.each(cases)("runs the published denoiser, $weights at $sigmas", async ({ weights, sigmas, tolerance }) => {
    const inputs = { ids, sigma: float32([4], described[sigmas]) };
    const outputs = await outputsOf(engine, ditForward, publishedWeights(`dit-tiny/${weights}.safetensors`), inputs);
    const prefix = `dit-tiny/${weights}.${sigmas}`;
    expectClose(outputs, "cond", `${prefix}.act.cond.npy`, tolerance);
    expectClose(outputs, "block0", `${prefix}.act.block0.npy`, tolerance);
    expectClose(outputs, "block1", `${prefix}.act.block1.npy`, tolerance);
    expectClose(outputs, "logits", `${prefix}.logits.npy`, tolerance);
  });

  it.each(cases)("gives the published log-probabilities at masked positions, $weights at $sigmas", async (one) => {
    const { weights, sigmas, tolerance } = one;
    const inputs = { ids, sigma: float32([4], described[sigmas]) };
    const outputs = await outputsOf(engine, ditForward, publishedWeights(`dit-tiny/${weights}.safetensors`), inputs);
    const published = publishedArray(`dit-tiny/${weights}.${sigmas}.logprobs.npy`).data;
    const got = outputs.logProbs?.data as Float32Array;
    const compared = Array.from(got.keys()).filter((i) => ids.data[Math.floor(i / 65)] === maskId && i % 65 !== maskId);
    expect(compared).toHaveLength(25 * 64);
    const at = (values: ArrayLike<number>) => compared.map((i) => values[i] as number);
    expect(largestDifference(at(got), at(published))).toBeLessThan(tolerance);
    const maskColumn = Array.from({ length: 64 }, (_, row) => got[65 * row + maskId] as number);
    expect(Math.max(...maskColumn)).toBeLessThan(-9.9e5);
  });

  it("computes the same with one σ folded into the weights as with one σ a row", async () => {
    const weights = publishedWeights("dit-tiny/strong.safetensors");
    const folded: TensorFunction = (inputs) => ({
      logits: ditHead(inputs, ditTrunk(inputs, dit, inputs.ids as tf.Tensor)),
    });
    const outputs = await outputsOf(engine, folded, weights, { ids });
    expectClose(outputs, "logits", "dit-tiny/strong.sigma0.logits.npy", 3e-5);
  });

  it("runs GPT-2 as published", async () => {
    const { n_positions, n_embd, n_layer, n_head, vocab_size } = publishedJson("gpt2-tiny/config.json");
    const config: Gpt2Config = {
      vocabSize: vocab_size,
      width: n_embd,
      blocks: n_layer,
      heads: n_head,
      length: n_positions,
    };
    const expected = publishedJson("gpt2-tiny/expected.json");
    const texts = int32([6, 20], expected.input_ids.flat());
    const next = int32(
      [120],
      (expected.input_ids as number[][]).flatMap((row) => [...row.slice(1), 0]),
    );
    const forward: TensorFunction = (inputs) => {
      const seen: Record<string, tf.Tensor> = {};
      const observe = (block: number, h: tf.Tensor) => {
        seen[block < 0 ? "embed" : `block${block}`] = h;
      };
      const logits = gpt2Head(inputs, gpt2Trunk(inputs, config, inputs.ids as tf.Tensor, observe));
      return { ...seen, logits, nll: nll(logits, inputs.next as tf.Tensor) };
    };
    const weights = publishedWeights("gpt2-tiny/model.safetensors");
    const outputs = await outputsOf(engine, forward, weights, { ids: texts, next });
    for (const name of ["embed", "block0", "block1"]) expectClose(outputs, name, `gpt2-tiny/act.${name}.npy`, 2e-5);
    expectClose(outputs, "logits", "gpt2-tiny/logits.npy", 2e-5);
    const scored = Array.from(outputs.nll?.data ?? []).filter((_, i) => (i + 1) % 20 !== 0);
    expect(largestDifference(scored, publishedArray("gpt2-tiny/token_nll.npy").data)).toBeLessThan(2e-5);
    const mean = scored.reduce((sum, x) => sum + x, 0) / scored.length;
    expect(Math.exp(mean) / expected.ppl_fp64).toBeCloseTo(1, 5);
  });
});

it.each([
  ["the denoiser", "dit-tiny/tiny.safetensors", ditParameters(dit)],
  [
    "GPT-2",
    "gpt2-tiny/model.safetensors",
    gpt2Parameters({ vocabSize: 64, width: 32, blocks: 2, heads: 4, length: 32 }),
  ],
] as const)("names and shapes the parameters of %s as published", (_, file, parameters) => {
  const published = publishedWeights(file);
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(published).sort());
  const differing = Object.entries(parameters).filter(([name, p]) => !sameShape(p.shape, published[name]?.shape ?? []));
  expect(differing).toEqual([]);
});
