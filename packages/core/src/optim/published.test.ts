/**
 * @file Three updates of MDLM as published: loss, gradients, parameters and EMA, on every engine.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { maskedPositions } from "../diffusion/forward.js";
import { withoutMask } from "../diffusion/subs.js";
import type { Engine, TensorFunction } from "../engine/engine.js";
import { engineReports, openEngine } from "../engine/select.js";
import { type DitConfig, ditLogits, type TensorsByName } from "../model/dit.js";
import { nll } from "../model/layers/logSoftmax.js";
import { zerosLike } from "../model/params.js";
import { largestDifference, publishedJson, publishedWeights } from "../model/published.fixture.js";
import { float32, int32, type TensorMap } from "../tensor.js";
import { adamwDefaults, adamwScalarSpecs, adamwScalars } from "./adamw.js";
import { grouped, groupOf, lossAndGradients, updateFunction, updateStateSpecs } from "./update.js";

const model: DitConfig = {
  vocabSize: 65,
  width: 32,
  blocks: 2,
  heads: 4,
  length: 16,
  conditioning: 16,
  dropout: 0,
  causal: false,
};
const published = publishedJson("mdlm-train/meta.json");
const weights = publishedWeights("dit-tiny/tiny.safetensors");
const inputSpecs = {
  ids: { shape: [4, 16], dtype: "int32" },
  positions: { shape: [64], dtype: "int32" },
  targets: { shape: [64], dtype: "int32" },
  weights: { shape: [64], dtype: "float32" },
} as const;

/** All 64 positions, those not masked with weight 0: NELBO as the mean over all tokens. */
function batchOf({ xt, t }: { xt: number[][]; t: number[] }): TensorMap {
  const noised = Int32Array.from(xt.flat());
  const share = new Float32Array(64);
  for (const at of maskedPositions(noised, 64)) share[at] = 1 / ((t[Math.floor(at / 16)] as number) * 64);
  return {
    ids: int32([4, 16], noised),
    positions: int32([64], [...noised.keys()]),
    targets: int32([64], published.x0.flat()),
    weights: float32([64], share),
  };
}

function lossOf(params: TensorsByName, inputs: TensorsByName): tf.Scalar {
  const { ids, positions, targets, weights: share } = inputs as Record<string, tf.Tensor>;
  const logits = withoutMask(ditLogits(params, model, ids as tf.Tensor, positions as tf.Tensor));
  return tf.sum(tf.mul(nll(logits, targets as tf.Tensor), share as tf.Tensor));
}

/** Of all values of all tensors: the largest difference, and how many are above `tolerance`. */
function compare(got: TensorMap, wanted: TensorMap, tolerance: number): { largest: number; above: number } {
  expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
  const differences = Object.entries(wanted).flatMap(([name, { data }]) =>
    Array.from(data, (value, i) => Math.abs(value - (got[name]?.data[i] as number))),
  );
  const largest = differences.reduce((worst, d) => Math.max(worst, d), 0);
  return { largest, above: differences.filter((d) => d > tolerance).length };
}

const usable = (await engineReports()).filter((report) => report.usable);
const engines = await Promise.all(usable.map(({ name }) => openEngine(name, { threads: 1 })));

async function trained(engine: Engine) {
  const state = updateStateSpecs(weights);
  const signature = { name: "mdlm", inputs: { ...inputSpecs, ...adamwScalarSpecs }, state };
  const program = await engine.compile(updateFunction(lossOf, adamwDefaults), signature);
  const zeros = zerosLike(weights);
  program.load(grouped("model", weights));
  program.load(grouped("ema", weights));
  program.load(grouped("adam.m", zeros));
  program.load(grouped("adam.v", zeros));
  const updates = [];
  for (const [i, step] of published.steps.entries()) {
    const outputs = await program.run({ ...batchOf(step), ...adamwScalars(i + 1, 3e-4, adamwDefaults) });
    const after = await program.state();
    updates.push({ step, outputs, params: groupOf("model", after), ema: groupOf("ema", after) });
  }
  program.dispose();
  return updates;
}

describe.each(engines)("$name", (engine) => {
  it("gives the published gradients before clipping", async () => {
    const fn: TensorFunction = (inputs) => {
      const { gradients } = lossAndGradients(groupOf("model", inputs), (params) => lossOf(params, inputs));
      return gradients;
    };
    const signature = { name: "gradients", inputs: inputSpecs, state: grouped("model", weights) };
    const program = await engine.compile(fn, signature);
    program.load(grouped("model", weights));
    const gradients = await program.run(batchOf(published.steps[0]));
    const { "rotary_emb.inv_freq": _, ...wanted } = publishedWeights("mdlm-train/grads.step1.safetensors");
    expect(compare(gradients, wanted, 5e-7)).toMatchObject({ above: 0 });
  });

  it("trains as published: loss, gradient norm, parameters, EMA", async () => {
    const updates = await trained(engine);
    for (const { step, outputs } of updates) {
      expect(largestDifference(outputs.loss?.data ?? [], [step.loss_fp64])).toBeLessThan(3e-6);
      expect(largestDifference(outputs.gradNorm?.data ?? [], [step.grad_norm_fp64])).toBeLessThan(2e-6);
    }
    const first = compare(updates[0]?.params ?? {}, publishedWeights("mdlm-train/params.after1.safetensors"), 2e-6);
    expect(first.largest).toBeLessThan(3e-4);
    expect(first.above).toBeLessThan(8);
    for (const group of ["params", "ema"] as const) {
      const last = compare(updates[2]?.[group] ?? {}, publishedWeights(`mdlm-train/${group}.after3.safetensors`), 2e-6);
      expect(last.largest).toBeLessThan(9e-4);
      expect(last.above).toBeLessThan(8);
    }
  });
});
