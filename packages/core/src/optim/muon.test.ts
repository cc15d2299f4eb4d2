import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { float32, type TensorMap } from "../base/tensor.js";
import { openEngine } from "../engine/open.js";
import { ditPreset, gpt2Preset, modelParameters } from "../model/presets.js";
import { specsOf } from "../nn/params.js";
import { type AdamWOptions, adamwDefaults, adamwScalarSpecs, adamwScalars } from "./adamw.js";
import { isHiddenMatrix, orthogonalised } from "./muon.js";
import { grouped, optimizerSpecs, updateFunction, updateStateSpecs } from "./update.js";

const engines = await Promise.all([openEngine("onnx", { threads: 1 }), openEngine("reference")]);
type Matrix = number[][];

const product = (x: Matrix, y: Matrix): Matrix =>
  x.map((row) =>
    (y[0] as number[]).map((_, j) => row.reduce((sum, v, k) => sum + v * ((y[k] as number[])[j] as number), 0)),
  );
const transposed = (x: Matrix): Matrix => (x[0] as number[]).map((_, j) => x.map((row) => row[j] as number));
const combined = (p: number, x: Matrix, q: number, y: Matrix): Matrix =>
  x.map((row, i) => row.map((v, j) => p * v + q * ((y[i] as number[])[j] as number)));

/** Newton–Schulz in float64 as published: tall matrices turned, then x ← a·x + (b·xxᵀ + c·(xxᵀ)²)·x. */
function byHand(g: Matrix): Matrix {
  const isTall = g.length > (g[0] as number[]).length;
  const norm = Math.sqrt(g.flat().reduce((sum, v) => sum + v * v, 0)) + 1e-7;
  let x = (isTall ? transposed(g) : g).map((row) => row.map((v) => v / norm));
  for (let step = 0; step < 5; step++) {
    const gram = product(x, transposed(x));
    const polynomial = combined(-4.775, gram, 2.0315, product(gram, gram));
    x = combined(3.4445, x, 1, product(polynomial, x));
  }
  return isTall ? transposed(x) : x;
}

const random = randomStream(3, "muon");
const normal = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => Array.from(random.normals(columns)));
const rowsOf = (data: ArrayLike<number>, columns: number): Matrix =>
  Array.from({ length: data.length / columns }, (_, i) => Array.from(data).slice(i * columns, (i + 1) * columns));
const largest = (x: Matrix, y: Matrix) => Math.max(...combined(1, x, -1, y).flat().map(Math.abs));

describe.each(engines)("on $name", (engine) => {
  it.each([
    [6, 6],
    [4, 9],
    [9, 4],
  ])(
    "brings the singular values of a %i × %i matrix to between 0.6 and 1.3 and keeps its vectors, as by hand",
    async (rows, columns) => {
      const g = normal(rows, columns);
      const inputs = { g: float32([1, rows, columns], g.flat()) };
      const program = await engine.compile(({ g: x }) => ({ o: orthogonalised(x as tf.Tensor3D) }), {
        name: "ns",
        inputs,
      });
      const got = rowsOf((await program.run(inputs)).o?.data ?? [], columns);
      expect(largest(got, byHand(g))).toBeLessThan(2e-5);
      // o·gᵀ is symmetric and positive where both have the same singular vectors.
      const aligned = product(got, transposed(g));
      expect(largest(aligned, transposed(aligned))).toBeLessThan(1e-3);
      const small = rows <= columns ? product(got, transposed(got)) : product(transposed(got), got);
      const trace = small.reduce((sum, row, i) => sum + (row[i] as number), 0);
      expect(trace / small.length).toBeGreaterThan(0.36);
      expect(trace / small.length).toBeLessThan(1.69);
    },
  );

  it("follows the recurrence over three updates: Nesterov momentum, q, k and v apart, decay, and AdamW for the rest", async () => {
    const width = 4;
    const names = { "blocks.0.attn_qkv.weight": [3 * width, width], "blocks.0.mlp.0.weight": [8, width], other: [3] };
    const specs = Object.fromEntries(
      Object.entries(names).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
    );
    const options: AdamWOptions = {
      ...adamwDefaults,
      clip: 2,
      weightDecay: 0.1,
      emaDecay: 0.5,
      muon: { momentum: 0.9 },
    };
    const gradientSpecs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [`g/${name}`, spec]));
    const lossOf = (params: Record<string, tf.Tensor>, given: Record<string, tf.Tensor>) =>
      tf.addN(
        Object.entries(params).map(([name, p]) => tf.sum(tf.mul(p, given[`g/${name}`] as tf.Tensor))),
      ) as tf.Scalar;
    const program = await engine.compile(updateFunction(lossOf as never, options), {
      name: "muon",
      inputs: { ...gradientSpecs, ...adamwScalarSpecs(options) },
      state: updateStateSpecs(specs, options),
    });
    const drawn = (): TensorMap =>
      Object.fromEntries(
        Object.entries(names).map(([name, shape]) => [
          name,
          float32(shape, random.normals(shape.reduce((a, b) => a * b))),
        ]),
      );
    const start = drawn();
    program.load({ ...grouped("model", start), ...grouped("ema", start) });
    const zeros = Object.entries(optimizerSpecs(specs, options)).map(([name, { shape }]) => [name, float32(shape)]);
    program.load(Object.fromEntries(zeros));

    const name = "blocks.0.attn_qkv.weight";
    let w = rowsOf(start[name]?.data ?? [], width);
    let ema = w;
    let m = w.map((row) => row.map(() => 0));
    for (let n = 1; n <= 3; n++) {
      const g = drawn();
      const inputs = Object.fromEntries(Object.entries(g).map(([own, value]) => [`g/${own}`, value]));
      await program.run({ ...inputs, ...adamwScalars(n, 0.05, options) });
      const values = Object.values(g).flatMap(({ data }) => Array.from(data));
      const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
      const share = rowsOf(g[name]?.data ?? [], width).map((row) => row.map((v) => v * 0.1 * Math.min(1, 2 / norm)));
      m = combined(0.9, m, 1, share);
      const ahead = combined(0.9, m, 1, share);
      const parts = [0, 1, 2].flatMap((i) => byHand(ahead.slice(i * width, (i + 1) * width)));
      w = combined(1 - 0.05 * 0.1, w, -0.05 * 0.2 * Math.sqrt(width), parts);
      const keep = Math.min(0.5, (1 + n) / (10 + n));
      ema = combined(keep, ema, 1 - keep, w);
    }
    const state = await program.state();
    const got = (group: string) => rowsOf(state[`${group}/${name}`]?.data ?? [], width);
    expect(largest(got("model"), w)).toBeLessThan(1e-5);
    expect(largest(got("ema"), ema)).toBeLessThan(1e-5);
    expect(largest(got("muon.m"), m)).toBeLessThan(1e-6);
    expect(
      Object.keys(state)
        .filter((key) => /^(adam|muon)/.test(key))
        .sort(),
    ).toEqual(["adam.m/other", "adam.v/other", "muon.m/blocks.0.attn_qkv.weight", "muon.m/blocks.0.mlp.0.weight"]);
  });
});

it("is for the matrices between hidden states and for no other parameter", () => {
  const dit = Object.keys(modelParameters(ditPreset("embedded", { vocabSize: 17, blocks: 1 }))).filter(isHiddenMatrix);
  const block = ["attn_qkv", "attn_out", "mlp.0", "mlp.2"];
  expect(dit).toEqual(block.map((name) => `blocks.0.${name}.weight`));
  const judge = specsOf(modelParameters(gpt2Preset("embedded", 17, { blocks: 1 })));
  expect(Object.keys(judge).filter(isHiddenMatrix)).toEqual(
    ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"].map((name) => `h.0.${name}.weight`),
  );
});
