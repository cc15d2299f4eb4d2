/**
 * @file One suite over all engines: each kernel that has an ONNX rule, and each layer that has a fused form.
 *
 * Values are held against plain JavaScript where a case gives them, else against `reference`; gradients against
 * central finite differences, and `onnx` against `reference` more tightly than those allow.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import { type Tensor, type TensorMap, tensor } from "../../base/tensor.js";
import type { Engine, TensorFunction } from "../contract.js";
import type { KernelRule } from "../onnx/kernels/rule.js";
import { kernelRules } from "../onnx/kernels/table.js";
import { type Device, engineReports, openEngine } from "../open.js";
import type { Case, Given } from "./case.fixture.js";
import { kernelCases } from "./cases.fixture.js";
import { casesOfLayers, layerCases } from "./layers.fixture.js";

/** Kernels recorded since the last case began: a case that never reaches its kernel proves nothing about it. */
const recorded = new Set<string>();
const rules = kernelRules as Record<string, KernelRule>;
for (const [name, rule] of Object.entries(rules)) {
  rules[name] = (...args) => {
    recorded.add(name);
    return rule(...args);
  };
}

const weightsOf = (size: number, output: number) => randomStream(2, "loss", output).normals(size);

/**
 * The same values, computed: they belong to the forward pass, and are gone with it. A gradient that reads one it has not
 * saved fails then, on every engine.
 */
function passing(given: Given): Given {
  const again = (t: tf.Tensor) => (t.dtype === "bool" ? tf.logicalNot(tf.logicalNot(t)) : tf.add(t, tf.zerosLike(t)));
  return Object.fromEntries(Object.entries(given).map(([name, t]) => [name, again(t)])) as unknown as Given;
}

/** `y0`, `y1`, … and `d x` for each input to differentiate in, of the loss Σ weight · y. */
function withGradients({ compute, gradients = [] }: Case): TensorFunction {
  const outputs = (given: Given) => [compute(given)].flat();
  return (inputs) => {
    const given = inputs as unknown as Given;
    const results = Object.fromEntries(outputs(given).map((y, i) => [`y${i}`, y]));
    if (gradients.length === 0) return results;
    const loss = (...xs: tf.Tensor[]) => {
      const ys = outputs(passing({ ...given, ...Object.fromEntries(gradients.map((name, i) => [name, xs[i]])) }));
      const terms = ys.map((y, i) => tf.sum(tf.mul(y, tf.tensor(weightsOf(y.size, i), y.shape))) as tf.Scalar);
      return terms.reduce((sum, term) => tf.add(sum, term) as tf.Scalar);
    };
    const slopes = tf.grads(loss)(gradients.map((name) => given[name]));
    return { ...results, ...Object.fromEntries(gradients.map((name, i) => [`d ${name}`, slopes[i] as tf.Tensor])) };
  };
}

async function runOn(engine: Engine, fn: TensorFunction, inputs: TensorMap): Promise<TensorMap> {
  const program = await engine.compile(fn, { name: "case", inputs });
  try {
    return await program.run(inputs);
  } finally {
    program.dispose();
  }
}

/** ∂ loss / ∂ each value of input `name`, from two evaluations a value on the reference engine. */
async function finiteDifferences(one: Case, name: keyof Given): Promise<number[]> {
  const inputs = one.inputs as TensorMap;
  const input = inputs[name] as Tensor;
  const fn: TensorFunction = (given) =>
    Object.fromEntries([one.compute(given as unknown as Given)].flat().map((y, i) => [`y${i}`, y]));
  const program = await reference.compile(fn, { name: "differences", inputs });
  const lossAt = async (data: Float32Array) => {
    const outputs = await program.run({ ...inputs, [name]: tensor("float32", input.shape, data) });
    return Object.values(outputs).reduce((sum, y, i) => {
      const weights = weightsOf(y.data.length, i);
      return Array.from(y.data).reduce((total, value, k) => total + value * (weights[k] as number), sum);
    }, 0);
  };
  const slopes: number[] = [];
  for (let i = 0; i < input.data.length; i++) {
    const [low, high] = [-1, 1].map((side) => {
      const data = Float32Array.from(input.data);
      data[i] = (data[i] as number) + side * 2 ** -7;
      return data;
    }) as [Float32Array, Float32Array];
    slopes.push(((await lossAt(high)) - (await lossAt(low))) / ((high[i] as number) - (low[i] as number)));
  }
  return slopes;
}

function largestError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(got.length).toBe(wanted.length);
  return Array.from(got).reduce((worst, value, i) => {
    const target = wanted[i] as number;
    return Math.max(worst, Math.abs(value - target) / Math.max(1, Math.abs(target)));
  }, 0);
}

const outline = (tensors: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly number[] }>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, `${dtype} [${shape}]`]));

const oracles = new Map<Case, Promise<{ outputs: TensorMap; slopes: Record<string, number[]> }>>();

function oracleOf(one: Case) {
  const make = async () => {
    const outputs = await runOn(reference, withGradients(one), one.inputs as TensorMap);
    const slopes: Record<string, number[]> = {};
    for (const name of one.gradients ?? []) slopes[`d ${name}`] = await finiteDifferences(one, name);
    return { outputs, slopes };
  };
  const known = oracles.get(one) ?? make();
  oracles.set(one, known);
  return known;
}

async function holds(engine: Engine, one: Case): Promise<void> {
  const tolerance = one.tolerance ?? 2e-6;
  const { outputs: wanted, slopes } = await oracleOf(one);
  recorded.clear();
  let announced = {};
  const observed: TensorFunction = (inputs) => {
    const outputs = withGradients(one)(inputs);
    announced = outline(outputs);
    return outputs;
  };
  const got = await runOn(engine, observed, one.inputs as TensorMap);
  expect(outline(got)).toEqual(outline(wanted));
  expect(announced, "shapes while the function runs").toEqual(outline(wanted));
  for (const [name, { data }] of Object.entries(got)) {
    expect(largestError(data, wanted[name]?.data ?? []), name).toBeLessThan(tolerance);
  }
  if (one.expected) expect(largestError(got.y0?.data ?? [], one.expected), "formula").toBeLessThan(tolerance);
  for (const [name, slope] of Object.entries(slopes)) {
    expect(largestError(got[name]?.data ?? [], slope), `${name}, finite differences`).toBeLessThan(2e-3);
  }
}

const reference = await openEngine("reference");
const usable = (await engineReports()).filter((report) => report.usable);
const engines = await Promise.all(usable.map(({ name }) => openEngine(name, { threads: 1 })));
// A device is tried where one is asked for, as in SDTT_DEVICE=webgpu npx vitest run conformance: docs/gpu.md.
const device = process.env.SDTT_DEVICE as Device | undefined;
if (device) engines.push(await openEngine("onnx", { device, threads: 1 }));

describe.each(engines)("$name, $description", (engine) => {
  for (const [kernel, cases] of Object.entries(kernelCases)) {
    it.each(cases)(`${kernel} $claim`, async (one) => {
      await holds(engine, one);
      if (engine.name === "onnx") expect([...recorded]).toContain(kernel);
    });
  }
  for (const [layer, cases] of Object.entries(layerCases)) {
    it.each(cases)(`${layer} $claim`, (one) => holds(engine, one));
  }
});

/** Files and functions of `nn` that no gradient passes through, or that are only ways to run another function. */
const noLayers = ["index", "params", "fused", "causalBias", "headsOf", "rotaryTable", "columnSums", "blockwise"];

it("differentiates every layer", async () => {
  const nn = join(import.meta.dirname, "../../nn");
  const files = readdirSync(nn).filter((name) => !name.includes(".test.") && !noLayers.includes(name.slice(0, -3)));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((name) => import(join(nn, name))));
  const names = modules.flatMap((exported) => Object.keys(exported)).filter((name) => !noLayers.includes(name));
  expect(names.length).toBeGreaterThan(8);
  const differentiated = Object.entries(casesOfLayers).filter(([, cases]) =>
    cases.some(({ gradients = [] }) => gradients.length > 0),
  );
  expect(names.sort()).toEqual(differentiated.map(([name]) => name).sort());
});
