/**
 * @file State in buffers of a WebGPU device, on a software adapter where chromium brings one: this file runs itself there.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { randomStream } from "../../base/random.js";
import { float32, type Spec, scalar, sizeOf, type TensorMap } from "../../base/tensor.js";
import type { Program, TensorFunction } from "../contract.js";
import { loadRuntime } from "./runtime.js";
import { onnxEngine } from "./session.js";

const chromium = "/usr/lib/chromium";
const adapter = join(chromium, "vk_swiftshader_icd.json");
const onDevice = process.env.SDTT_DEVICE === "webgpu";

it.skipIf(onDevice || !existsSync(adapter))(
  "holds on a software adapter, and so does what holds of every program",
  async () => {
    const env = { ...process.env, SDTT_DEVICE: "webgpu", LD_LIBRARY_PATH: chromium, VK_DRIVER_FILES: adapter };
    const files = [import.meta.filename, join(import.meta.dirname, "../program.test.ts")];
    const vitest = join(import.meta.dirname, "../../../../../node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--reporter=json", ...files];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env }).catch((failed) => failed);
    const { numPassedTests, numFailedTests } = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(numFailedTests, stdout).toBe(0);
    expect(numPassedTests).toBeGreaterThan(40);
  },
);

const shape = [64, 256];
const size = sizeOf(shape);
const spec: Spec = { shape, dtype: "float32" };
const one: Spec = { shape: [], dtype: "float32" };
const names = ["model/w", "adam.m/w", "ema/w"];
const state = Object.fromEntries([...names, "model/fixed"].map((name) => [name, spec]));

/** A step with a moment and an average, of a network with a weight that never learns. */
const step: TensorFunction = (named) => {
  const [w, m, ema, fixed] = [...names, "model/fixed"].map((name) => named[name] as tf.Tensor) as [
    ...[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
  ];
  const slope = tf.sub(tf.mul(w, fixed), named.target as tf.Tensor);
  const nextM = tf.add(tf.mul(m, 0.9), tf.mul(slope, 0.1));
  const nextW = tf.sub(w, tf.mul(nextM, named.rate as tf.Tensor));
  const nextEma = tf.add(tf.mul(ema, 0.99), tf.mul(nextW, 0.01));
  return { loss: tf.sum(tf.square(slope)), "model/w": nextW, "adam.m/w": nextM, "ema/w": nextEma };
};

const drawn = (seed: number) => float32(shape, randomStream(seed, "device").normals(size));
const initial: TensorMap = Object.fromEntries(Object.keys(state).map((name, seed) => [name, drawn(seed)]));
const inputsOf = (update: number) => ({ rate: scalar(0.1 / update), target: drawn(100 + update) });
const inputBytes = 4 * size + 4;

async function opened(options: { stateOnHost?: boolean } = {}) {
  const carried = { toDevice: 0, toHost: 0 };
  const engine = await onnxEngine({ threads: 1, device: "webgpu", carried, ...options });
  const signature = { name: "step", inputs: { rate: one, target: spec }, state };
  const program = await engine.compile(step, signature, { inPlace: true });
  program.load(initial);
  return { engine, signature, program, carried };
}

async function updated(program: Program, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let n = from; n <= to; n++) losses.push(Number((await program.run(inputsOf(n))).loss?.data[0]));
  return losses;
}

const bytesOf = (tensors: TensorMap) =>
  Object.keys(state).map((name) => Buffer.from(tensors[name]?.data.slice().buffer as ArrayBuffer).toString("base64"));

describe.runIf(onDevice)("state on a device", () => {
  it("is after 8 updates what it is when it goes to the host and back with each of them", async () => {
    const [stays, goes] = [await opened(), await opened({ stateOnHost: true })];
    expect(await updated(stays.program, 1, 8)).toEqual(await updated(goes.program, 1, 8));
    expect(bytesOf(await stays.program.state())).toEqual(bytesOf(await goes.program.state()));
    stays.program.dispose();
    goes.program.dispose();
  });

  it("goes on byte for byte from what was read of it", async () => {
    const [whole, first, second] = [await opened(), await opened(), await opened()];
    await updated(whole.program, 1, 8);
    await updated(first.program, 1, 3);
    second.program.load(await first.program.state());
    first.program.dispose();
    await updated(second.program, 4, 8);
    expect(bytesOf(await second.program.state())).toEqual(bytesOf(await whole.program.state()));
    second.program.dispose();
    whole.program.dispose();
  });

  it("is carried once, and then inputs and the loss alone", async () => {
    const [stays, goes] = [await opened(), await opened({ stateOnHost: true })];
    const [all, learning] = [4 * 4 * size, 3 * 4 * size];
    await updated(stays.program, 1, 1);
    expect(stays.carried).toEqual({ toDevice: all + inputBytes, toHost: 4 });
    await updated(stays.program, 2, 11);
    await updated(goes.program, 1, 10);
    expect(stays.carried).toEqual({ toDevice: all + 11 * inputBytes, toHost: 11 * 4 });
    expect(goes.carried).toEqual({ toDevice: 10 * (all + inputBytes), toHost: 10 * (learning + 4) });
    await stays.program.state(["ema/w"]);
    expect(stays.carried.toHost).toBe(11 * 4 + 4 * size);
    stays.program.dispose();
    goes.program.dispose();
  });

  it("is let go when it is replaced, and with the last program that reads it", async () => {
    const ort = await loadRuntime();
    let held = 0;
    const make = ort.Tensor.fromGpuBuffer.bind(ort.Tensor) as (buffer: unknown, options: object) => never;
    const seen = vi.spyOn(ort.Tensor, "fromGpuBuffer").mockImplementation(((
      buffer: unknown,
      options: { dispose(): void; download?: unknown },
    ) => {
      // Views of a buffer have no download of their own.
      if (!options.download) return make(buffer, options);
      held++;
      const dispose = () => {
        held--;
        options.dispose();
      };
      return make(buffer, { ...options, dispose });
    }) as never);
    const { engine, signature, program } = await opened();
    const reader = await engine.compile(
      (named) => ({ sum: tf.sum(named["model/w"] as tf.Tensor) }),
      { ...signature, name: "reader", inputs: {} },
      { shareStateOf: program },
    );
    await updated(program, 1, 5);
    expect(held).toBe(4);
    await program.state();
    program.load({ "model/w": drawn(7) });
    expect(held).toBe(3);
    await updated(program, 6, 9);
    program.dispose();
    const { sum } = await reader.run({});
    expect(Number(sum?.data[0])).not.toBe(0);
    expect(held).toBe(4);
    reader.dispose();
    expect(held).toBe(0);
    seen.mockRestore();
  });

  it("takes no more memory after 60 updates than after 10", async () => {
    const wide: Spec = { shape: [2 ** 20], dtype: "float32" };
    const engine = await onnxEngine({ threads: 1, device: "webgpu" });
    const grow: TensorFunction = ({ total, x }) => ({ total: tf.add(total as tf.Tensor, x as tf.Tensor) });
    const program = await engine.compile(grow, { name: "grow", inputs: { x: one }, state: { total: wide } });
    program.load({ total: float32(wide.shape) }, { adopt: true });
    const after = async (updates: number) => {
      for (let n = 0; n < updates; n++) await program.run({ x: scalar(1) });
      return process.memoryUsage().rss;
    };
    const early = await after(10);
    const late = await after(50);
    expect((await program.state()).total?.data.at(-1)).toBe(60);
    // One buffer that is kept an update would be fifty of these.
    expect(late - early).toBeLessThan(10 * 4 * sizeOf(wide.shape));
    program.dispose();
  });
});
