/**
 * @file Cases of kernels that combine values: sums, extrema, products of matrices, softmax.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../../base/tensor.js";
import { bools, type Case, coordinates, floats, folded, ints, normals, valueAt } from "./case.fixture.js";

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
const cube = normals([2, 3, 2], "cube");
const sum = (values: number[]) => values.reduce((total, x) => total + x, 0);
const mean = (values: number[]) => sum(values) / values.length;

function reduction(op: Reduction, fold: (values: number[]) => number): Case[] {
  const of = (claim: string, x: Tensor, axes: number[] | undefined, keepDims = false): Case => {
    const all = axes ?? x.shape.map((_, i) => i);
    const from = all.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    return {
      claim,
      inputs: { x },
      compute: (given) => op(given.x, axes, keepDims),
      expected: folded(x, from, fold),
      ...(x.dtype === "float32" && { gradients: ["x"] }),
    };
  };
  return [
    of("reduces all axes", cube, undefined),
    of("reduces the middle axis", cube, [1]),
    of("reduces two axes and keeps them", cube, [0, 2], true),
    of("counts a negative axis from the end", cube, [-1]),
    of("leaves values alone under an empty list of axes", cube, []),
    of("reduces an axis of size one", normals([3, 1], "column"), [1]),
    of("takes a scalar", floats([], [1.5]), undefined),
    of("takes int32", ints([2, 2], [4, -2, 7, 1]), [1]),
    of("leaves no values where a kept axis has none", floats([0, 3]), [1]),
  ];
}

const argMaxCase = (claim: string, x: Tensor, axis: number, expected: number[]): Case => ({
  claim,
  inputs: { x },
  compute: (given) => tf.argMax(given.x, axis),
  expected,
});
const scores = floats([2, 3], [1, 5, 2, 9, 0, 9]);

function matMulCase(claim: string, a: Tensor, b: Tensor, transposed: [boolean, boolean] = [false, false]): Case {
  const [ta, tb] = transposed;
  const rows = a.shape.at(ta ? -1 : -2) as number;
  const inner = a.shape.at(ta ? -2 : -1) as number;
  const columns = b.shape.at(tb ? -2 : -1) as number;
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const expected = Array.from(coordinates([...batch, rows, columns]), (at) => {
    const [outer, row, column] = [at.slice(0, -2), at.at(-2) as number, at.at(-1) as number];
    const terms = Array.from({ length: inner }, (_, k) => {
      const left = valueAt(a, [...outer, ...(ta ? [k, row] : [row, k])]);
      return left * valueAt(b, [...outer, ...(tb ? [column, k] : [k, column])]);
    });
    return sum(terms);
  });
  const broadcasts = a.shape.length !== b.shape.length || a.shape.slice(0, -2).some((n, i) => n !== b.shape[i]);
  return {
    claim,
    inputs: { a, b },
    compute: (given) => tf.matMul(given.a, given.b, ta, tb),
    expected,
    // tfjs does not sum the gradient over broadcast batch axes.
    ...(!broadcasts && { gradients: ["a", "b"] }),
  };
}

const m = (shape: number[]) => normals(shape, `matrix ${shape}`);

const softmaxCase = (claim: string, x: Tensor): Case => ({
  claim,
  inputs: { x },
  compute: (given) => tf.softmax(given.x),
  gradients: ["x"],
});

function segmentCase(claim: string, x: Tensor, ids: Tensor, segments: number): Case {
  const width = x.data.length / Math.max(1, ids.data.length);
  const expected = new Float64Array(segments * (x.shape.slice(ids.shape.length).reduce((n, axis) => n * axis, 1) || 0));
  ids.data.forEach((id, row) => {
    for (let i = 0; i < width; i++)
      expected[id * width + i] = (expected[id * width + i] ?? 0) + (x.data[row * width + i] ?? 0);
  });
  return {
    claim,
    inputs: { x, ids },
    compute: (given) => tf.unsortedSegmentSum(given.x, given.ids as tf.Tensor1D, segments),
    expected,
    gradients: ["x"],
  };
}

const cycled = Array.from({ length: 300 }, (_, row) => (row * row) % 7);

export const reductionCases = {
  AddN: [
    {
      claim: "adds three tensors",
      inputs: { a: normals([2, 2], "a"), b: normals([2, 2], "b"), c: normals([2, 2], "c") },
      compute: ({ a, b, c }) => tf.addN([a, b, c]),
      gradients: ["a", "b", "c"],
    },
    { claim: "gives back a lone tensor", inputs: { a: cube }, compute: ({ a }) => tf.addN([a]), expected: cube.data },
    {
      claim: "adds int32",
      inputs: { a: ints([2], [1, 2]), b: ints([2], [-5, 3]) },
      compute: ({ a, b }) => tf.addN([a, b]),
      expected: [-4, 5],
    },
  ],
  ArgMax: [
    argMaxCase("searches the last axis and takes the first of equals", scores, 1, [1, 0]),
    argMaxCase("searches the first axis", scores, 0, [1, 0, 1]),
    argMaxCase("counts a negative axis from the end", scores, -1, [1, 0]),
    argMaxCase("takes int32", ints([4], [3, 8, -1, 8]), 0, [1]),
    argMaxCase("finds 0 along an axis of size one", floats([3, 1], [1, 2, 3]), 1, [0, 0, 0]),
  ],
  BatchMatMul: [
    matMulCase("multiplies matrices", m([2, 3]), m([3, 4])),
    matMulCase("transposes the left one", m([3, 2]), m([3, 4]), [true, false]),
    matMulCase("transposes the right one", m([2, 3]), m([4, 3]), [false, true]),
    matMulCase("transposes both", m([3, 2]), m([4, 3]), [true, true]),
    matMulCase("multiplies a batch of them", m([2, 2, 2, 3]), m([2, 2, 3, 2])),
    matMulCase("transposes in a batch", m([2, 3, 2]), m([2, 2, 3]), [true, true]),
    matMulCase("flattens a batch of one", m([1, 2, 3]), m([1, 3, 2])),
    matMulCase("broadcasts one matrix over a batch", m([2, 2, 3]), m([1, 3, 2])),
    matMulCase("multiplies a row by a column", m([1, 3]), m([3, 1])),
    { ...matMulCase("gives zeros where nothing is summed", m([2, 0]), m([0, 3])), gradients: [] },
    { ...matMulCase("gives no rows for no rows", m([0, 2]), m([2, 3])), gradients: [] },
  ],
  Max: reduction(tf.max, (values) => Math.max(...values)),
  Mean: reduction(tf.mean, mean),
  Min: reduction(tf.min, (values) => Math.min(...values)),
  Softmax: [
    { ...softmaxCase("sums to one", floats([1, 2], [0, Math.log(3)])), expected: [0.25, 0.75] },
    softmaxCase("works along the last axis", normals([2, 2, 3], "logits")),
    { ...softmaxCase("does not overflow", floats([2], [1000, 0])), expected: [1, 0] },
    { ...softmaxCase("gives 1 on an axis of size one", floats([2, 1], [3, -7])), expected: [1, 1] },
  ],
  Sum: [
    ...reduction(tf.sum, sum),
    {
      claim: "counts bools in int32",
      inputs: { test: bools([2, 3], [1, 0, 1, 1, 1, 1]) },
      compute: ({ test }) => tf.sum(test, 1),
      expected: [2, 3],
    },
    {
      claim: "gives 0 where nothing is summed",
      inputs: { x: floats([2, 0]) },
      compute: ({ x }) => tf.sum(x, 1),
      expected: [0, 0],
    },
  ],
  UnsortedSegmentSum: [
    segmentCase("adds rows that repeat and leaves others 0", m([4, 2]), ints([4], [2, 0, 2, 2]), 4),
    segmentCase("adds rows beyond those that are summed at once", m([300, 3]), ints([300], cycled), 7),
    segmentCase("adds lone values", m([3]), ints([3], [1, 1, 0]), 2),
    segmentCase("keeps size-one axes", m([2, 1, 2]), ints([2], [0, 0]), 1),
    { ...segmentCase("gives zeros for no rows", floats([0, 2]), ints([0]), 2), gradients: [] },
  ],
} satisfies Record<string, readonly Case[]>;
