/**
 * @file Cases of kernels that move, copy, choose or make values.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../../base/tensor.js";
import { bools, type Case, floats, ints, normals } from "./case.fixture.js";

const grid = ints([2, 3], [1, 2, 3, 4, 5, 6]);
const cube = normals([2, 3, 2], "cube");

/** One input through one operation, in float32 with gradients unless it is of another dtype. */
function on(
  claim: string,
  x: Tensor,
  op: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  expected?: readonly number[],
): Case {
  const differentiable = x.dtype === "float32" && x.data.length > 0;
  return {
    claim,
    inputs: { x },
    compute: (given) => op(given.x),
    ...(expected && { expected }),
    ...(differentiable && { gradients: ["x"] }),
  };
}

const joined = (
  claim: string,
  a: Tensor,
  b: Tensor,
  op: (parts: tf.Tensor[]) => tf.Tensor,
  expected?: number[],
): Case => ({
  claim,
  inputs: { a, b },
  compute: (given) => op([given.a, given.b]),
  ...(expected && { expected }),
  ...(a.dtype === "float32" && b.data.length > 0 && { gradients: ["a", "b"] }),
});

const gathered = (claim: string, x: Tensor, ids: Tensor, axis: number, expected?: number[]): Case => ({
  claim,
  inputs: { x, ids },
  compute: (given) => tf.gather(given.x, given.ids, axis),
  ...(expected && { expected }),
  ...(x.dtype === "float32" && ids.data.length > 0 && { gradients: ["x"] }),
});

const chosen = (claim: string, test: Tensor, a: Tensor, b: Tensor, expected: number[]): Case => ({
  claim,
  inputs: { test, a, b },
  compute: (given) => tf.where(given.test, given.a, given.b),
  expected,
  ...(a.dtype === "float32" && { gradients: ["a", "b"] }),
});

const hot = (
  claim: string,
  ids: Tensor,
  expected: number[],
  op = (x: tf.Tensor): tf.Tensor => tf.oneHot(x, 3),
): Case => ({
  claim,
  inputs: { ids },
  compute: (given) => op(given.ids),
  expected,
});

const scattered = (claim: string, x: Tensor, ids: Tensor, a: Tensor, expected?: number[]): Case => ({
  claim,
  inputs: { x, ids, a },
  compute: (given) => tf.tensorScatterUpdate(given.x, given.ids, given.a),
  ...(expected && { expected }),
});

const made = (claim: string, compute: () => tf.Tensor, expected: number[]): Case => ({
  claim,
  inputs: {},
  compute,
  expected,
});

export const shapeCases = {
  Concat: [
    joined(
      "joins along the first axis",
      grid,
      ints([1, 3], [7, 8, 9]),
      (p) => tf.concat(p, 0),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ),
    joined("joins along the last axis", grid, ints([2, 1], [7, 8]), (p) => tf.concat(p, -1), [1, 2, 3, 7, 4, 5, 6, 8]),
    joined("joins floats", cube, normals([2, 1, 2], "slab"), (p) => tf.concat(p, 1)),
    joined("skips a part without values", floats([2], [1, 2]), floats([0]), (p) => tf.concat(p), [1, 2]),
    joined("joins bools", bools([2], [1, 0]), bools([1], [1]), (p) => tf.concat(p), [1, 0, 1]),
  ],
  ExpandDims: [
    on("adds an axis in the middle", cube, (x) => tf.expandDims(x, 1)),
    on("adds one at the end", grid, (x) => tf.expandDims(x, -1), [1, 2, 3, 4, 5, 6]),
    on("takes a scalar", floats([], [3]), (x) => tf.expandDims(x, 0), [3]),
  ],
  Fill: [
    made("makes a uniform tensor", () => tf.fill([2, 2], 1.5), [1.5, 1.5, 1.5, 1.5]),
    made("makes int32", () => tf.fill([2], 3, "int32"), [3, 3]),
    made("makes a scalar", () => tf.fill([], -2), [-2]),
    made("makes nothing", () => tf.fill([0, 2], 1), []),
  ],
  GatherV2: [
    gathered("takes rows, repeated ones included", normals([3, 2], "rows"), ints([4], [2, 0, 2, 2]), 0),
    gathered("takes columns", grid, ints([2], [2, 0]), 1, [3, 1, 6, 4]),
    gathered("counts a negative axis from the end", grid, ints([2], [2, 0]), -1, [3, 1, 6, 4]),
    gathered("keeps the shape of the indices", normals([3, 2], "rows"), ints([2, 2], [0, 1, 1, 2]), 0),
    gathered("takes along the last axis of three", cube, ints([3], [1, 0, 1]), 2),
    gathered("takes bools", bools([3], [1, 0, 1]), ints([2], [1, 2]), 0, [0, 1]),
    gathered("takes no rows", floats([3, 2]), ints([0]), 0, []),
    gathered("takes one row", grid, ints([1], [1]), 0, [4, 5, 6]),
  ],
  Identity: [
    on("copies", cube, (x) => tf.clone(x)),
    on("copies bools", bools([2], [1, 0]), (x) => tf.clone(x), [1, 0]),
  ],
  OneHot: [
    hot("marks each id", ints([2], [2, 0]), [0, 0, 1, 1, 0, 0]),
    hot("marks nothing for ids out of range", ints([2], [-1, 3]), [0, 0, 0, 0, 0, 0]),
    hot("adds its axis at the end", ints([1, 2], [1, 1]), [0, 1, 0, 0, 1, 0]),
    hot("takes other values than 1 and 0", ints([1], [1]), [5, 7, 5], (x) => tf.oneHot(x, 3, 7, 5)),
    hot("makes float32", ints([1], [1]), [0, 1, 0], (x) => tf.oneHot(x, 3, 1, 0, "float32")),
    hot("takes no ids", ints([0]), []),
  ],
  OnesLike: [
    on("gives ones", cube, (x) => tf.onesLike(x), Array(12).fill(1)),
    on("keeps int32", grid, (x) => tf.onesLike(x), Array(6).fill(1)),
  ].map(({ gradients: _, ...rest }) => rest),
  Pack: [
    joined("stacks along a new first axis", cube, normals([2, 3, 2], "other"), (p) => tf.stack(p)),
    joined("stacks along a new last axis", ints([2], [1, 2]), ints([2], [3, 4]), (p) => tf.stack(p, 1), [1, 3, 2, 4]),
    joined("stacks scalars", floats([], [1]), floats([], [2]), (p) => tf.stack(p), [1, 2]),
  ],
  PadV2: [
    on(
      "adds zeros around",
      floats([1, 2], [1, 2]),
      (x) =>
        tf.pad(x, [
          [1, 0],
          [0, 1],
        ]),
      [0, 0, 0, 1, 2, 0],
    ),
    on("adds another value", ints([2], [1, 2]), (x) => tf.pad(x, [[1, 1]], 9), [9, 1, 2, 9]),
    on("adds nothing", cube, (x) =>
      tf.pad(x, [
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    ),
    on(
      "fills a tensor without values",
      floats([0, 2]),
      (x) =>
        tf.pad(x, [
          [1, 0],
          [0, 0],
        ]),
      [0, 0],
    ),
  ],
  Reshape: [
    on("keeps the order of values", cube, (x) => tf.reshape(x, [3, -1])),
    on("joins reshapes in a row", cube, (x) => tf.reshape(tf.reshape(x, [12]), [4, 3])),
    on("comes back to the first shape", cube, (x) => tf.reshape(tf.reshape(x, [12]), [2, 3, 2])),
    on("keeps an axis without values", floats([2, 0, 3]), (x) => tf.reshape(x, [0, 6]), []),
    on("takes bools", bools([2, 1], [1, 0]), (x) => tf.reshape(x, [2]), [1, 0]),
    on("makes a scalar", floats([1, 1], [4]), (x) => tf.reshape(x, []), [4]),
  ],
  Select: [
    chosen("takes from either side", bools([3], [1, 0, 1]), floats([3], [1, 2, 3]), floats([3], [7, 8, 9]), [1, 8, 3]),
    chosen("broadcasts the test", bools([2, 1], [1, 0]), grid, ints([2, 3], [7, 7, 7, 8, 8, 8]), [1, 2, 3, 8, 8, 8]),
    chosen("broadcasts a side", bools([2], [0, 1]), floats([2, 2], [1, 2, 3, 4]), floats([], [9]), [9, 2, 9, 4]),
    chosen("takes bools", bools([2], [1, 0]), bools([2], [1, 1]), bools([2], [0, 0]), [1, 0]),
    chosen("takes a tensor without values", bools([0], []), ints([0], []), ints([0], []), []),
  ],
  Slice: [
    on("cuts a box", cube, (x) => tf.slice(x, [0, 1, 0], [2, 1, 2])),
    on("reads −1 as the rest", grid, (x) => tf.slice(x, [0, 1], [1, -1]), [2, 3]),
    on("leaves trailing axes whole", grid, (x) => tf.slice(x, [1]), [4, 5, 6]),
    on("cuts all of it", cube, (x) => tf.slice(x, [0, 0, 0], [2, 3, 2])),
    on("cuts nothing", grid, (x) => tf.slice(x, [0, 0], [0, 3]), []),
    on("cuts bools", bools([3], [1, 0, 1]), (x) => tf.slice(x, 1, 2), [0, 1]),
    made("cuts a constant", () => tf.slice(tf.fill([4], 2), 1, 2), [2, 2]),
  ],
  SplitV: [
    on("cuts equal parts", cube, (x) => tf.split(x, 2, -1)),
    on("cuts parts of given sizes", cube, (x) => tf.split(x, [1, 2], 1)),
    on("reads −1 as the rest", grid, (x) => tf.split(x, [1, -1], 1), [1, 4]),
    on("gives all as one part", grid, (x) => tf.split(x, 1, 0), [1, 2, 3, 4, 5, 6]),
    {
      claim: "cuts columns of a product with a transposed matrix, of more rows than columns and of fewer",
      inputs: { x: floats([3, 2], [1, 0, 0, 1, 1, 1]), a: floats([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      compute: ({ x, a }) =>
        [x, tf.slice(x, [2, 0], [1, 2])].flatMap((rows) => tf.split(tf.matMul(rows, a, false, true), 2, 1)),
      expected: [1, 3, 2, 4, 3, 7],
      gradients: ["x", "a"],
    },
  ],
  TensorScatterUpdate: [
    scattered("replaces rows", cube, ints([1, 1], [1]), floats([1, 3, 2], [1, 2, 3, 4, 5, 6])),
    scattered(
      "replaces a column",
      normals([2, 2, 3, 2], "cache"),
      ints([2, 3], [0, 0, 2, 1, 1, 2]),
      floats([2, 2], [1, 2, 3, 4]),
    ),
    scattered("replaces int32", grid, ints([2, 2], [0, 0, 1, 2]), ints([2], [7, 8]), [7, 2, 3, 4, 5, 8]),
  ],
  Tile: [
    on("repeats axes", floats([1, 2], [1, 2]), (x) => tf.tile(x, [2, 2]), [1, 2, 1, 2, 1, 2, 1, 2]),
    on("repeats once", cube, (x) => tf.tile(x, [1, 1, 1])),
    on("repeats no time", grid, (x) => tf.tile(x, [0, 1]), []),
    on("repeats bools", bools([2], [1, 0]), (x) => tf.tile(x, [2]), [1, 0, 1, 0]),
    on("carries a broadcast", normals([3, 1], "column"), (x) => tf.broadcastTo(x, [2, 3, 2])),
  ],
  Transpose: [
    on("turns a matrix", grid, (x) => tf.transpose(x), [1, 4, 2, 5, 3, 6]),
    on("permutes axes", cube, (x) => tf.transpose(x, [2, 0, 1])),
    on("moves axes of size one for nothing", normals([2, 1, 3], "thin"), (x) => tf.transpose(x, [1, 0, 2])),
    on("leaves the order as it is", cube, (x) => tf.transpose(x, [0, 1, 2])),
    on("takes a tensor without values", floats([2, 0]), (x) => tf.transpose(x), []),
    on("takes bools", bools([2, 2], [1, 1, 0, 0]), (x) => tf.transpose(x), [1, 0, 1, 0]),
  ],
  Unpack: [
    on("cuts along the first axis", cube, (x) => tf.unstack(x)),
    on("cuts along the last axis", grid, (x) => tf.unstack(x, 1), [1, 4]),
    on("counts a negative axis from the end", grid, (x) => tf.unstack(x, -1), [1, 4]),
    on("cuts an axis of size one", ints([1, 2], [1, 2]), (x) => tf.unstack(x), [1, 2]),
  ],
  ZerosLike: [
    on("gives zeros", cube, (x) => tf.zerosLike(x), Array(12).fill(0)),
    on("keeps bool", bools([2], [1, 0]), (x) => tf.zerosLike(x), [0, 0]),
  ].map(({ gradients: _, ...rest }) => rest),
} satisfies Record<string, readonly Case[]>;
