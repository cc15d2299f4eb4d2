/**
 * @file Cases of the layers that have a fused form: what `onnx` runs is held against the naive one, and both against
 * the formula.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../../base/tensor.js";
import { withoutMask } from "../../diffusion/subs.js";
import { attention, causalBias } from "../../nn/attention.js";
import { blockwise } from "../../nn/blockwise.js";
import { distinctRowsOf, placedAt, rowsOf } from "../../nn/embedding.js";
import { gelu } from "../../nn/gelu.js";
import { layerNorm } from "../../nn/layerNorm.js";
import { linear } from "../../nn/linear.js";
import { logSoftmax, nll } from "../../nn/logSoftmax.js";
import { narrowLinear } from "../../nn/narrow.js";
import { rotary, rotaryTable } from "../../nn/rotary.js";
import { weightedRowLoss } from "../../nn/rowLoss.js";
import { type Case, coordinates, floats, ints, mapped, normals, valueAt } from "./case.fixture.js";

type Tf = tf.Tensor;

function rowsIn({ shape, data }: Tensor): number[][] {
  const width = shape.at(-1) as number;
  return Array.from({ length: data.length / width }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
}

function normed(x: Tensor, gain: Tensor, bias?: Tensor): number[] {
  return rowsIn(x).flatMap((row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
    const unit = row.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
    return unit.map((v, i) => v * (gain.data[i] as number) + (bias?.data[i] ?? 0));
  });
}

function layerNormCase(claim: string, x: Tensor, withBias: boolean): Case {
  const width = x.shape.at(-1) as number;
  const [a, b] = [normals([width], "gain"), normals([width], "bias")];
  return {
    claim,
    inputs: { x, a, ...(withBias && { b }) },
    compute: (given) => layerNorm(given.x, given.a, withBias ? given.b : undefined),
    expected: normed(x, a, withBias ? b : undefined),
    gradients: withBias ? ["x", "a", "b"] : ["x", "a"],
    tolerance: 1e-5,
  };
}

function logProbs(x: Tensor): number[] {
  return rowsIn(x).flatMap((row) => {
    const top = Math.max(...row);
    const total = top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
    return row.map((v) => v - total);
  });
}

const logSoftmaxCase = (claim: string, x: Tensor): Case => ({
  claim,
  inputs: { x },
  compute: (given) => logSoftmax(given.x),
  expected: logProbs(x),
  gradients: ["x"],
});

/** Position p turns the pair (i, i + K/2) by p · 10000^(−2i/K). */
function rotated({ shape, data }: Tensor): number[] {
  const [, , length, size] = shape as [number, number, number, number];
  return Array.from(data, (value, index) => {
    const [i, position] = [index % size, Math.floor(index / size) % length];
    const low = i % (size / 2);
    const angle = position / 10000 ** ((2 * low) / size);
    const partner = data[i < size / 2 ? index + size / 2 : index - size / 2] as number;
    return value * Math.cos(angle) + (i < size / 2 ? -partner : partner) * Math.sin(angle);
  });
}

const heads = normals([1, 2, 3, 4], "heads");
const logits = normals([3, 4], "logits");
const ids = ints([3], [3, 0, 3]);
const lossOfIds = (claim: string, x: Tensor, at: Tensor): Case => ({
  claim,
  inputs: { x, ids: at },
  compute: (given) => nll(given.x, given.ids),
  expected: mapped(at, (id) => id).map((id, row) => -(logProbs(x)[row * (x.shape[1] as number) + id] as number)),
  gradients: ["x"],
});

const c = Math.sqrt(2 / Math.PI);
const pairs = normals([2, 3], "logits");
/** The first logit of a row minus the second. */
const gap = (row: number) => (pairs.data[3 * row] as number) - (pairs.data[3 * row + 1] as number);

const nllCases: Case[] = [
  lossOfIds("is −log p of one id a row", logits, ids),
  lossOfIds("takes one row", normals([1, 5], "row"), ints([1], [2])),
  {
    ...lossOfIds("stays finite beside a logit of −1e6", pairs, ints([2], [0, 1])),
    compute: (given) => nll(withoutMask(given.x), given.ids),
    expected: [0, 1].map((row) => Math.log(1 + Math.exp((row ? 1 : -1) * gap(row)))),
  },
];

export const fusedCases = {
  FusedBlocks: [
    {
      claim: "does row by row what is done at once, with what lies around the blocks",
      inputs: { x: normals([4, 3], "x"), a: normals([4, 1], "a"), b: normals([3], "b"), c: normals([], "c") },
      compute: ({ x, a, b, c }) => {
        const rows = (named: Readonly<Record<string, Tf>>) => ({
          y: tf.add(tf.mul(named.x as Tf, tf.exp(named.a as Tf)), tf.add(named.b as Tf, named.c as Tf)),
          z: tf.neg(named.a as Tf),
        });
        const { y, z } = blockwise(rows, { x, a }, { b, c: tf.mul(c, 2) }, 2);
        return [y as Tf, z as Tf];
      },
      expected: Array.from(coordinates([4, 3]), ([row, column]) => {
        const at = (key: string, shape: readonly number[], i: number) => normals(shape, key).data[i] as number;
        const [i, j] = [row as number, column as number];
        return at("x", [4, 3], 3 * i + j) * Math.exp(at("a", [4, 1], i)) + at("b", [3], j) + 2 * at("c", [], 0);
      }),
    },
    {
      claim: "takes constants in its body",
      inputs: { x: normals([4, 2], "x") },
      compute: ({ x }) =>
        blockwise((named) => ({ y: tf.add(named.x as Tf, tf.tensor1d([1, 2])) }), { x }, {}, 4).y as Tf,
      expected: Array.from(normals([4, 2], "x").data, (value, i) => value + 1 + (i % 2)),
    },
  ],
  FusedGelu: [
    {
      claim: "is the tanh form",
      inputs: { x: floats([6], [-4, -1, -0.1, 0, 0.7, 3]) },
      compute: ({ x }) => gelu(x),
      expected: [-4, -1, -0.1, 0, 0.7, 3].map((x) => 0.5 * x * (1 + Math.tanh(c * (x + 0.044715 * x ** 3)))),
      gradients: ["x"],
    },
  ],
  FusedLayerNorm: [
    layerNormCase("centres, scales and shifts rows", normals([3, 4], "x"), true),
    layerNormCase("works without a shift", normals([3, 4], "x"), false),
    layerNormCase("takes three axes", normals([2, 2, 3], "x"), true),
    layerNormCase("takes one row", normals([1, 5], "x"), true),
  ],
  FusedLinear: [
    {
      claim: "is x · Wᵀ + b",
      inputs: { x: normals([3, 2], "x"), a: normals([4, 2], "weight"), b: normals([4], "bias") },
      compute: ({ x, a, b }) => linear(x, a, b),
      expected: Array.from(coordinates([3, 4]), ([row, out]) => {
        const [x, a, b] = [normals([3, 2], "x"), normals([4, 2], "weight"), normals([4], "bias")];
        const product = [0, 1].map((k) => valueAt(x, [row as number, k]) * valueAt(a, [out as number, k]));
        return (product[0] as number) + (product[1] as number) + valueAt(b, [out as number]);
      }),
      gradients: ["x", "a", "b"],
    },
  ],
  FusedLogSoftmax: [
    logSoftmaxCase("is log softmax along the last axis", normals([2, 2, 3], "logits")),
    { ...logSoftmaxCase("does not overflow", floats([1, 3], [800, 0, -1e6])), gradients: [] },
    logSoftmaxCase("gives 0 on an axis of size one", floats([2, 1], [3, -7])),
  ],
  FusedPick: nllCases,
  FusedRotary: [
    {
      claim: "turns halves of the head by position",
      inputs: { x: heads },
      compute: ({ x }) => rotary(x, rotaryTable(3, 4)),
      expected: rotated(heads),
      gradients: ["x"],
    },
    {
      claim: "turns a batch",
      inputs: { x: normals([2, 1, 3, 2], "batch") },
      compute: ({ x }) => rotary(x, rotaryTable(3, 2)),
      expected: rotated(normals([2, 1, 3, 2], "batch")),
      gradients: ["x"],
    },
  ],
} satisfies Record<string, readonly Case[]>;

/** Softmax attention by loops, one head at a time. */
function attended(qkv: Tensor, length: number, headCount: number, causal: boolean): number[] {
  const [tokens, triple] = qkv.shape as [number, number];
  const width = triple / 3;
  const size = width / headCount;
  const at = (token: number, part: number, head: number, i: number) =>
    qkv.data[token * triple + part * width + head * size + i] as number;
  return Array.from({ length: tokens * width }, (_, index) => {
    const [token, head, i] = [Math.floor(index / width), Math.floor((index % width) / size), index % size];
    const first = Math.floor(token / length) * length;
    const visible = Array.from({ length: causal ? token - first + 1 : length }, (_, k) => first + k);
    const dot = (other: number) =>
      Array.from({ length: size }, (_, j) => at(token, 0, head, j) * at(other, 1, head, j)).reduce((s, v) => s + v, 0);
    const weights = visible.map((other) => Math.exp(dot(other) / Math.sqrt(size)));
    const total = weights.reduce((s, v) => s + v, 0);
    return visible.reduce((s, other, k) => s + ((weights[k] as number) / total) * at(other, 2, head, i), 0);
  });
}

const qkv = normals([6, 12], "qkv");
const shape = { batch: 2, length: 3, heads: 2 };

export const layerCases: Record<string, readonly Case[]> = {
  attention: [
    {
      claim: "mixes values of all positions of its own sequence",
      inputs: { x: qkv },
      compute: ({ x }) => attention(x, shape),
      expected: attended(qkv, 3, 2, false),
      gradients: ["x"],
    },
    {
      claim: "looks at no later position under a causal bias",
      inputs: { x: qkv },
      compute: ({ x }) => attention(x, shape, { bias: causalBias(3) }),
      expected: attended(qkv, 3, 2, true),
      gradients: ["x"],
    },
    {
      claim: "turns queries and keys",
      inputs: { x: normals([3, 12], "qkv") },
      compute: ({ x }) => attention(x, { ...shape, batch: 1, heads: 1 }, { rotation: rotaryTable(3, 4) }),
      gradients: ["x"],
    },
  ],
  linear: [
    {
      claim: "multiplies by the transposed weight and adds the bias",
      inputs: { x: floats([1, 2], [1, 2]), a: floats([3, 2], [1, 0, 0, 1, 1, 1]), b: floats([3], [10, 20, 30]) },
      compute: ({ x, a, b }) => linear(x, a, b),
      expected: [11, 22, 33],
      gradients: ["x", "a", "b"],
    },
  ],
  rowsOf: [
    {
      claim: "takes rows, and adds up the gradients of those taken twice",
      inputs: { x: normals([4, 2], "matrix"), ids: ints([5], [1, 3, 1, 1, 0]) },
      compute: (given) => rowsOf(given.x, given.ids),
      gradients: ["x"],
    },
  ],
  distinctRowsOf: [
    {
      claim: "takes rows in the order asked for, and puts their gradients back",
      inputs: { x: normals([4, 2], "matrix"), ids: ints([3], [3, 0, 1]) },
      compute: (given) => distinctRowsOf(given.x, given.ids),
      gradients: ["x"],
    },
  ],
  placedAt: [
    {
      claim: "puts rows in their places among zeros",
      inputs: { x: floats([3, 2], [1, 2, 3, 4, 5, 6]), ids: ints([3], [3, 0, 1]) },
      compute: (given) => placedAt(given.x, given.ids, 4),
      expected: [3, 4, 5, 6, 0, 0, 1, 2],
      gradients: ["x"],
    },
  ],
  narrowLinear: [
    {
      claim: "is linear, for a few rows",
      inputs: { x: normals([3, 2], "x"), a: normals([4, 2], "weight"), b: normals([4], "bias") },
      compute: ({ x, a, b }) => narrowLinear(x, a, b),
      gradients: ["x", "a", "b"],
    },
  ],
  weightedRowLoss: [
    {
      claim: "adds up rows by weight, with the slope of each",
      inputs: { x: logits, a: floats([3], [0.5, 0, 2]), ids },
      compute: (given) => weightedRowLoss((x, rows) => nll(x, rows.ids as Tf), given.x, given.a, { ids: given.ids }),
      expected: [-0.5 * (logProbs(logits)[3] as number) - 2 * (logProbs(logits)[11] as number)],
      gradients: ["x"],
    },
  ],
};

/** The cases of each function of `nn` that a gradient passes through. */
export const casesOfLayers: Readonly<Record<string, readonly Case[]>> = {
  ...layerCases,
  gelu: fusedCases.FusedGelu,
  layerNorm: fusedCases.FusedLayerNorm,
  logSoftmax: fusedCases.FusedLogSoftmax,
  nll: fusedCases.FusedPick,
  rotary: fusedCases.FusedRotary,
};
