import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { float32, int32, specsOfTensors, type Tensor, type TensorMap } from "../base/tensor.js";
import type { TensorFunction } from "../engine/contract.js";
import { liveNodes } from "../engine/onnx/graph.js";
import { onnxModel } from "../engine/onnx/protobuf.js";
import { onnxEngine } from "../engine/onnx/session.js";
import { trace } from "../engine/onnx/trace.js";
import { openEngine } from "../engine/open.js";
import { adamw, adamwDefaults, adamwScalarSpecs, adamwScalars } from "../optim/adamw.js";
import { blockwise } from "./blockwise.js";
import { gelu } from "./gelu.js";
import { nll } from "./logSoftmax.js";
import { weightedRowLoss } from "./rowLoss.js";

const onnx = await openEngine("onnx", { threads: 2 });
const reference = await openEngine("reference");

const normals = (shape: readonly number[], key: string): Tensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return float32(shape, randomStream(3, "blocks", key).normals(size));
};

async function runOn(engine: typeof onnx, fn: TensorFunction, inputs: TensorMap): Promise<TensorMap> {
  const program = await engine.compile(fn, { name: "blocks", inputs: specsOfTensors(inputs) });
  const results = await program.run(inputs);
  program.dispose();
  return results;
}

/** Operators of the graph that a function becomes. */
function operatorsOf(fn: TensorFunction, inputs: TensorMap, blocks?: boolean): string[] {
  const { outputs } = trace(fn, { name: "blocks", inputs: specsOfTensors(inputs) }, blocks);
  return [...outputs.values()].map(({ node }) => {
    let at = node;
    while (at?.op === "Reshape") at = at.inputs[0]?.node;
    return at?.op ?? "none";
  });
}

function largestDifference(a: TensorMap, b: TensorMap): number {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  return Math.max(
    ...Object.entries(a).map(([name, { data, shape }]) => {
      expect(shape).toEqual(b[name]?.shape);
      const other = b[name]?.data as Float32Array;
      return (data as Float32Array).reduce(
        (worst: number, value: number, i: number) => Math.max(worst, Math.abs(value - (other[i] as number))),
        0,
      );
    }),
  );
}

const geluAndSlope: TensorFunction = ({ x, dy }) => {
  const { value, grad } = { value: gelu(x as tf.Tensor), grad: tf.grad((at: tf.Tensor) => gelu(at)) };
  return { value, slope: grad(x as tf.Tensor, dy as tf.Tensor) };
};

const tripled = (x: tf.Tensor, plus: number) =>
  blockwise((named) => ({ y: tf.add(tf.mul(named.x as tf.Tensor, 3), plus) }), { x }).y as tf.Tensor;

const step: TensorFunction = ({ p, m, v, ema, gradient, ...scalars }) => {
  const slots = { p, m, v, ema } as Record<"p" | "m" | "v" | "ema", tf.Tensor>;
  const options = { ...adamwDefaults, weightDecay: 0.1 };
  return { ...adamw(slots, gradient as tf.Tensor, tf.scalar(0.5), scalars, options) };
};

describe("work in blocks", () => {
  const wide = { x: normals([512, 1024], "x"), dy: normals([512, 1024], "dy") };

  it("of GELU and its slope equals the whole on another engine", async () => {
    expect(operatorsOf(geluAndSlope, wide)).toEqual(["Gelu", "Scan"]);
    const difference = largestDifference(
      await runOn(onnx, geluAndSlope, wide),
      await runOn(reference, geluAndSlope, wide),
    );
    expect(difference).toBeLessThan(1e-5);
  });

  it("of an AdamW step equals the whole on another engine", async () => {
    const shape = [514, 1024];
    const names = ["p", "m", "ema", "gradient"];
    const inputs: TensorMap = {
      ...Object.fromEntries(names.map((name) => [name, normals(shape, name)])),
      v: { ...normals(shape, "v"), data: normals(shape, "v").data.map((x) => x * x) as Float32Array },
      ...adamwScalars(3, 1e-2, { ...adamwDefaults, weightDecay: 0.1 }),
    };
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(adamwScalarSpecs())));
    expect(operatorsOf(step, inputs)).toEqual(["Scan", "Scan", "Scan", "Scan"]);
    expect(largestDifference(await runOn(onnx, step, inputs), await runOn(reference, step, inputs))).toBeLessThan(1e-6);
  });

  const rows = 512;
  const scored = {
    logits: normals([rows, 1100], "logits"),
    weights: normals([rows], "weights"),
    ids: int32(
      [rows],
      Int32Array.from({ length: rows }, (_, row) => (row * 31) % 1100),
    ),
  };
  const loss = ({ logits, weights, ids }: Readonly<Record<string, tf.Tensor>>) =>
    weightedRowLoss((x, own) => nll(x, own.ids as tf.Tensor), logits as tf.Tensor, weights as tf.Tensor, {
      ids: ids as tf.Tensor,
    });
  const squaredAndSlope: TensorFunction = ({ logits, ...rest }) => {
    const of = (x: tf.Tensor) => tf.square(loss({ ...rest, logits: x })) as tf.Scalar;
    const { value, grad } = tf.valueAndGrad(of)(logits as tf.Tensor);
    return { value, grad };
  };

  it("of a loss of logits and its slope, in one pass, equals the whole on another engine", async () => {
    const { outputs } = trace(squaredAndSlope, { name: "loss", inputs: specsOfTensors(scored) });
    expect(liveNodes([...outputs.values()]).filter(({ op }) => op === "Scan")).toHaveLength(1);
    const [ours, plain] = [await runOn(onnx, squaredAndSlope, scored), await runOn(reference, squaredAndSlope, scored)];
    expect(Number(ours.value?.data[0]) / Number(plain.value?.data[0])).toBeCloseTo(1, 5);
    const slope = ({ grad }: TensorMap) => ({ grad: grad as Tensor });
    const largest = largestDifference(slope(plain), { grad: float32(scored.logits.shape) });
    expect(largest).toBeGreaterThan(1);
    expect(largestDifference(slope(ours), slope(plain)) / largest).toBeLessThan(1e-5);
  });

  it("of a loss leaves the slope out of a program that does not ask for it", async () => {
    const operators = (fn: TensorFunction) => {
      const { inputs, outputs } = trace(fn, { name: "loss", inputs: specsOfTensors(scored) });
      return Buffer.from(onnxModel(inputs, outputs)).toString("latin1");
    };
    expect(operators(squaredAndSlope)).toContain("ScatterND");
    expect(operators((named) => ({ value: loss(named) }))).not.toContain("ScatterND");
    const [value, plain] = await Promise.all(
      [onnx, reference].map(
        async (engine) => (await runOn(engine, (named) => ({ y: loss(named) }), scored)).y?.data[0],
      ),
    );
    expect(Number(value) / Number(plain)).toBeCloseTo(1, 5);
  });

  it("is left out where it does not pay, and where the device has no use for it", async () => {
    const small = { x: normals([8, 8], "x"), dy: normals([8, 8], "dy") };
    expect(operatorsOf(geluAndSlope, small)).not.toContain("Scan");
    expect(operatorsOf(geluAndSlope, wide, false)).not.toContain("Scan");
  });

  it("that is the same is done once", () => {
    const twice: TensorFunction = ({ x }) => ({ a: tripled(x as tf.Tensor, 1), b: tripled(x as tf.Tensor, 1) });
    const { outputs } = trace(twice, { name: "blocks", inputs: specsOfTensors({ x: wide.x }) });
    const [a, b] = [...outputs.values()].map(({ node }) => node?.inputs[0]?.node);
    expect(a?.op).toBe("Scan");
    expect(a).toBe(b);
  });

  it("that differs in a constant is not shared", () => {
    const both: TensorFunction = ({ x }) => ({ a: tripled(x as tf.Tensor, 1), b: tripled(x as tf.Tensor, 2) });
    const { outputs } = trace(both, { name: "blocks", inputs: specsOfTensors({ x: wide.x }) });
    const [a, b] = [...outputs.values()].map(({ node }) => node?.inputs[0]?.node);
    expect(a).not.toBe(b);
  });
});

it("onnxruntime-node runs a body on two threads as on one, byte for byte", async () => {
  const inputs = { x: normals([512, 1024], "x"), dy: normals([512, 1024], "dy") };
  const [one, two] = await Promise.all(
    [1, 2].map(async (threads) => runOn(await onnxEngine({ threads }), geluAndSlope, inputs)),
  );
  expect(two?.slope?.data).toEqual(one?.slope?.data);
});
