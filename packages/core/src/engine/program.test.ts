import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { float32, int32, scalar, type TensorMap } from "../base/tensor.js";
import type { Signature, TensorFunction } from "./contract.js";
import { type Device, engineReports, openEngine } from "./open.js";

const usable = (await engineReports()).filter((report) => report.usable);
const engines = await Promise.all(usable.map(({ name }) => openEngine(name, { threads: 2 })));
// `onnx/deviceProgram.test.ts` runs this file with a device.
const device = process.env.SDTT_DEVICE as Device | undefined;
if (device) engines.push(await openEngine("onnx", { device, threads: 1 }));

const vector = { shape: [2], dtype: "float32" } as const;
const index = { shape: [1], dtype: "int32" } as const;
const signature: Signature = { name: "counter", inputs: { step: vector }, state: { total: vector, scale: vector } };

/** total ← total + scale · step, and gives back the total of before. */
const count: TensorFunction = ({ total, scale, step }) => ({
  before: tf.mul(total as tf.Tensor, 1),
  total: tf.add(total as tf.Tensor, tf.mul(scale as tf.Tensor, step as tf.Tensor)),
});

const start = { total: float32([2], [1, 2]), scale: float32([2], [10, 1]) };
const step = { step: float32([2], [1, 1]) };
const valuesOf = (tensors: TensorMap) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]));

describe.each(engines)("a program of $name, $description", (engine) => {
  const counter = async (tensors: TensorMap = start) => {
    const program = await engine.compile(count, signature);
    program.load(tensors);
    return program;
  };

  it("replaces state by the output of its name, and does not return that output", async () => {
    const program = await counter();
    expect(valuesOf(await program.run(step))).toEqual({ before: [1, 2] });
    expect(valuesOf(await program.run(step))).toEqual({ before: [11, 3] });
    expect(valuesOf(await program.state())).toEqual({ total: [21, 4], scale: [10, 1] });
    expect(valuesOf(await program.state(["scale"]))).toEqual({ scale: [10, 1] });
  });

  it("keeps state that load() is not given", async () => {
    const program = await counter();
    await program.run(step);
    program.load({ scale: float32([2], [0, 0]) });
    expect(valuesOf(await program.state())).toEqual({ total: [11, 3], scale: [0, 0] });
  });

  it("gives copies: what it returned and what it was given are nobody else's", async () => {
    const given = { total: float32([2], [1, 2]), scale: float32([2], [10, 1]) };
    const program = await counter(given);
    const first = await program.run(step);
    const state = await program.state();
    await program.run(step);
    await program.run(step);
    expect(valuesOf(first)).toEqual({ before: [1, 2] });
    expect(valuesOf(state)).toEqual({ total: [11, 3], scale: [10, 1] });
    expect(valuesOf(given)).toEqual({ total: [1, 2], scale: [10, 1] });
    for (const name of ["total", "scale"]) {
      given[name as keyof typeof given].data.fill(99);
      (await program.state())[name]?.data.fill(99);
    }
    expect(valuesOf(await program.state())).toEqual({ total: [31, 5], scale: [10, 1] });
  });

  it("writes a result where it is told to, also in the middle of an array, and nothing beside it", async () => {
    const program = await counter();
    const memory = new Float32Array(4).fill(7);
    const returned = await program.run(step, { before: memory.subarray(1, 3) });
    expect([...memory]).toEqual([7, 1, 2, 7]);
    expect(valuesOf(returned)).toEqual({ before: [1, 2] });
    await program.run(step);
    expect([...memory]).toEqual([7, 1, 2, 7]);
    await expect(program.run(step, { before: memory })).rejects.toThrow("data must hold 2 values");
  });

  it("computes the same in place, in step with programs that share its state", async () => {
    const owner = await counter();
    const options = { shareStateOf: owner, inPlace: true };
    const inPlace = await engine.compile(count, { ...signature, name: "in place" }, options);
    expect(valuesOf(await inPlace.run(step))).toEqual({ before: [1, 2] });
    expect(valuesOf(await owner.run(step))).toEqual({ before: [11, 3] });
    expect(valuesOf(await inPlace.run(step))).toEqual({ before: [21, 4] });
    expect(valuesOf(await inPlace.state())).toEqual({ total: [31, 5], scale: [10, 1] });
  });

  it("reads arrays that are handed over, and leaves them as they are", async () => {
    const given = { total: float32([2], [1, 2]), scale: float32([2], [10, 1]) };
    const read: TensorFunction = ({ total, scale }) => ({ product: tf.mul(total as tf.Tensor, scale as tf.Tensor) });
    const program = await engine.compile(read, { ...signature, inputs: {} });
    program.load(given, { adopt: true });
    expect(valuesOf(await program.run({}))).toEqual({ product: [10, 2] });
    (await program.state()).total?.data.fill(99);
    expect(valuesOf(given)).toEqual({ total: [1, 2], scale: [10, 1] });
  });

  it("leaves the state as it was when a run is refused", async () => {
    const program = await counter();
    await expect(program.run({})).rejects.toThrow('counter.run: there must be a tensor "step", got none. Pass it.');
    expect(valuesOf(await program.state())).toEqual(valuesOf(start));
  });

  // WGSL has no error for what is read beside a buffer.
  const cannotFail = engine.description.includes("webgpu");

  it.skipIf(cannotFail)("leaves the state as it was when a run fails midway", async () => {
    const take: TensorFunction = ({ total, ids }) => ({
      total: tf.add(total as tf.Tensor, 1),
      taken: tf.gather(total as tf.Tensor, ids as tf.Tensor1D),
    });
    const program = await engine.compile(take, { name: "take", inputs: { ids: index }, state: { total: vector } });
    program.load({ total: start.total });
    await expect(program.run({ ids: int32([1], [7]) })).rejects.toThrow();
    expect(valuesOf(await program.state())).toEqual({ total: [1, 2] });
    expect(valuesOf(await program.run({ ids: int32([1], [1]) }))).toEqual({ taken: [2] });
    expect(valuesOf(await program.state())).toEqual({ total: [2, 3] });
  });

  it("refuses tensors of another shape or dtype, and names that it does not know", async () => {
    const program = await counter();
    const wrongShape = 'counter.run: "step" must be float32 [2], got float32 [3]. Compile for these shapes.';
    await expect(program.run({ step: float32([3]) })).rejects.toThrow(wrongShape);
    const wrongDtype = 'counter.run: "step" must be float32 [2], got int32 [2]. Compile for these shapes.';
    await expect(program.run({ step: int32([2]) })).rejects.toThrow(wrongDtype);
    const foreign = 'counter.run: there must be no other tensor, got "other". Drop it.';
    await expect(program.run({ ...step, other: scalar(1) })).rejects.toThrow(foreign);
    expect(() => program.load({ total: float32([1]) })).toThrow(
      'counter.load: "total" must be float32 [2], got float32 [1]. Compile for these shapes.',
    );
  });

  it("asks for state that was never loaded", async () => {
    const program = await counter({ total: start.total });
    await expect(program.run(step)).rejects.toThrow(
      'counter.run: all state must be loaded first, got no "scale". Call load().',
    );
  });

  it("lets signals and timers in between two runs", async () => {
    const program = await counter();
    let came = false;
    setImmediate(() => {
      came = true;
    });
    for (let run = 0; run < 3; run++) await program.run(step);
    expect(came).toBe(true);
  });

  it("shares its state with another program, whichever of the two writes", async () => {
    const owner = await counter();
    const read: TensorFunction = ({ total }) => ({ doubled: tf.mul(total as tf.Tensor, 2) });
    const reader = await engine.compile(read, { ...signature, name: "reader", inputs: {} }, { shareStateOf: owner });
    const grow: TensorFunction = ({ scale }) => ({ scale: tf.add(scale as tf.Tensor, 1) });
    const writer = await engine.compile(grow, { ...signature, name: "writer", inputs: {} }, { shareStateOf: reader });
    await owner.run(step);
    expect(valuesOf(await reader.run({}))).toEqual({ doubled: [22, 6] });
    expect(valuesOf(await reader.run({}))).toEqual({ doubled: [22, 6] });
    await writer.run({});
    await owner.run(step);
    expect(valuesOf(await owner.state())).toEqual({ total: [22, 5], scale: [11, 2] });
    reader.dispose();
    await owner.run(step);
    expect(valuesOf(await writer.state())).toEqual({ total: [33, 7], scale: [11, 2] });
  });

  it("gives an input back as an output, untouched", async () => {
    const same: TensorFunction = ({ x }) => ({ x1: x as tf.Tensor, x2: tf.clone(x as tf.Tensor) });
    const program = await engine.compile(same, { name: "same", inputs: { x: vector } });
    const x = float32([2], [1, 2]);
    const outputs = await program.run({ x });
    outputs.x1?.data.fill(0);
    expect(valuesOf({ x, x2: outputs.x2 as typeof x })).toEqual({ x: [1, 2], x2: [1, 2] });
  });
});

describe("the onnx engine", async () => {
  const engine = await openEngine("onnx", { threads: 1 });

  it("names the kernel and the program where a rule is missing", async () => {
    const fn: TensorFunction = ({ x }) => ({ y: tf.cumsum(x as tf.Tensor) });
    const compiled = engine.compile(fn, { name: "running totals", inputs: { x: vector } });
    await expect(compiled).rejects.toThrow(UserError);
    await expect(compiled).rejects.toThrow(
      'onnx: every kernel must have a rule in engine/onnx/kernels.ts, got kernel "Cumsum" in program "running totals". Add one.',
    );
  });

  it("refuses a function that reads values while it is traced", async () => {
    const fn: TensorFunction = ({ x }) => ({ y: tf.scalar((x as tf.Tensor).dataSync()[0] as number) });
    await expect(engine.compile(fn, { name: "reader", inputs: { x: vector } })).rejects.toThrow(
      "a value was read while the function is traced",
    );
  });

  it("refuses a tensor made outside of the function", async () => {
    const outside = tf.tensor1d([1, 2]);
    const fn: TensorFunction = ({ x }) => ({ y: tf.add(x as tf.Tensor, outside) });
    await expect(engine.compile(fn, { name: "outside", inputs: { x: vector } })).rejects.toThrow("pass it as an input");
  });

  it("says in one line that memory is lacking, and leaves the state as it was", async () => {
    const fn: TensorFunction = ({ total }) => ({
      total: tf.add(total as tf.Tensor, 1),
      sum: tf.sum(
        tf.mul(tf.tile(tf.reshape(total as tf.Tensor, [2, 1]), [2 ** 18, 1]), tf.tile(total as tf.Tensor, [2 ** 18])),
      ),
    });
    const program = await engine.compile(fn, { name: "huge", inputs: {}, state: { total: vector } });
    program.load({ total: start.total });
    const run = program.run({});
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(
      /^engine: the device must have the memory that a program needs, got cpu, in program "huge": .*\. Take fewer --seq/,
    );
    expect(valuesOf(await program.state())).toEqual({ total: [1, 2] });
  });

  it("makes no array for state that is written in place", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const size = 2 ** 22;
    const big = { shape: [size], dtype: "float32" } as const;
    const fn: TensorFunction = ({ total }) => ({
      total: tf.add(total as tf.Tensor, 1),
      first: tf.slice(total as tf.Tensor, 0, 1),
    });
    const program = await engine.compile(fn, { name: "big", inputs: {}, state: { total: big } }, { inPlace: true });
    program.load({ total: float32([size]) });
    await program.run({});
    const before = process.memoryUsage().arrayBuffers;
    await program.run({});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size);
    expect((await program.state()).total?.data.at(-1)).toBe(2);
  });

  it("traces on after a function that failed", async () => {
    await expect(engine.compile(() => ({ y: tf.cumsum([1]) }), { name: "bad", inputs: {} })).rejects.toThrow();
    const good = await engine.compile(({ x }) => ({ y: tf.neg(x as tf.Tensor) }), {
      name: "good",
      inputs: { x: vector },
    });
    expect(valuesOf(await good.run({ x: float32([2], [1, -2]) }))).toEqual({ y: [-1, 2] });
  });
});
