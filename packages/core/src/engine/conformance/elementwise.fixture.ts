/**
 * @file Cases of kernels that work value by value.
 */
import * as tf from "@tensorflow/tfjs-core";
import { sameShape, type Tensor } from "../../base/tensor.js";
import { bools, type Case, floats, ints, mapped, normals, zipped } from "./case.fixture.js";

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const wide = floats([2, 3], [-2, -0.5, -0.1, 0.3, 1, 2.5]);
const positive = floats([2, 3], [0.2, 0.5, 1, 1.5, 2, 7]);

function unary(op: Unary, rule: (x: number) => number, values: Tensor = wide): Case[] {
  const of = (claim: string, x: Tensor): Case => ({
    claim,
    inputs: { x },
    compute: (given) => op(given.x),
    expected: mapped(x, rule),
    gradients: ["x"],
  });
  return [
    of("works value by value", values),
    of("keeps a scalar a scalar", floats([], [0.7])),
    of("keeps size-one axes", floats([1, 2, 1], [0.4, 1.6])),
    of("takes a tensor without values", floats([0, 3])),
  ];
}

const onInts = (op: Unary, rule: (x: number) => number): Case => {
  const x = ints([4], [-3, -1, 0, 5]);
  return { claim: "stays in int32", inputs: { x }, compute: (given) => op(given.x), expected: mapped(x, rule) };
};

interface BinaryOptions {
  readonly right?: (shape: readonly number[], key: string) => Tensor;
  readonly left?: (shape: readonly number[], key: string) => Tensor;
  /** tfjs does not sum the gradients of some kernels over broadcast axes. */
  readonly gradients?: "any" | "same-shape";
}

function binary(op: Binary, rule: (a: number, b: number) => number, options: BinaryOptions = {}): Case[] {
  const { left = normals, right = normals, gradients = "any" } = options;
  const of = (claim: string, a: Tensor, b: Tensor): Case => ({
    claim,
    inputs: { a, b },
    compute: (given) => op(given.a, given.b),
    expected: zipped(a, b, rule),
    ...((gradients === "any" || sameShape(a.shape, b.shape)) && { gradients: ["a", "b"] }),
  });
  return [
    of("works value by value", left([2, 3], "a"), right([2, 3], "b")),
    of("broadcasts a row over a matrix", left([2, 3], "a"), right([3], "row")),
    of("broadcasts a column from the left", left([2, 1], "column"), right([2, 3], "b")),
    of("broadcasts both sides at once", left([2, 1, 2], "a"), right([3, 1], "b")),
    of("broadcasts a scalar", left([], "scalar"), right([2, 2], "b")),
    of("takes tensors without values", left([0, 3], "a"), right([3], "row")),
  ];
}

const intPair = { a: ints([2, 3], [-3, 4, 0, 7, 2, -1]), b: ints([3], [2, -1, 3]) };

function integers(op: Binary, rule: (a: number, b: number) => number, pair = intPair): Case[] {
  const mixed = { a: pair.a, b: floats([3], [0.5, -1.25, 3]) };
  return [
    { claim: "stays in int32", inputs: pair, compute: ({ a, b }) => op(a, b), expected: zipped(pair.a, pair.b, rule) },
    {
      claim: "widens int32 to float32 beside a float",
      inputs: mixed,
      compute: ({ a, b }) => op(a, b),
      expected: zipped(mixed.a, mixed.b, rule),
    },
  ];
}

/** A constant operand that changes nothing is dropped from the graph; what remains must still have the right shape. */
function constants(op: Binary, neutral: number, rule: (a: number, b: number) => number): Case[] {
  const x = normals([3], "constants");
  const of = (claim: string, shape: number[], value: number, flipped = false): Case => {
    const c = floats(shape, Array(tf.util.sizeFromShape(shape)).fill(value));
    const constant = () => tf.fill(shape, value);
    return {
      claim,
      inputs: { x },
      compute: (given) => (flipped ? op(constant(), given.x) : op(given.x, constant())),
      expected: flipped ? zipped(c, x, rule) : zipped(x, c, rule),
      gradients: ["x"],
    };
  };
  return [
    of("takes a neutral scalar", [], neutral),
    of("takes a neutral constant that widens the shape", [2, 3], neutral),
    of("takes a constant scalar", [], 2.5),
    of("takes a uniform matrix", [2, 3], 2.5),
    of("takes a constant on the left", [2, 3], neutral, true),
  ];
}

const away = (shape: readonly number[], key: string): Tensor => {
  const { data } = normals(shape, key);
  return floats(
    shape,
    Float32Array.from(data, (x) => Math.sign(x) * (Math.abs(x) + 0.5)),
  );
};
const above = (shape: readonly number[], key: string): Tensor =>
  floats(
    shape,
    Float32Array.from(normals(shape, key).data, (x) => Math.abs(x) + 0.3),
  );

function comparison(op: Binary, rule: (a: number, b: number) => boolean): Case[] {
  const of = (claim: string, a: Tensor, b: Tensor): Case => ({
    claim,
    inputs: { a, b },
    compute: (given) => op(given.a, given.b),
    expected: zipped(a, b, (l, r) => Number(rule(l, r))),
  });
  return [
    of("compares floats, ties included", floats([2, 2], [1, 2, 3, -1]), floats([2, 2], [1, 3, 2, -1])),
    of("compares int32", ints([3], [1, 2, 3]), ints([3], [2, 2, 2])),
    of("compares bool", bools([4], [0, 0, 1, 1]), bools([4], [0, 1, 0, 1])),
    of("compares int32 with float32", ints([3], [1, 2, 3]), floats([3], [1.5, 2, 2.5])),
    of("broadcasts", floats([2, 1], [1, 2]), floats([3], [1, 2, 3])),
    of("takes tensors without values", floats([0], []), floats([1], [1])),
  ];
}

function logical(op: Binary, rule: (a: number, b: number) => number): Case[] {
  const [a, b] = [bools([2, 1], [0, 1]), bools([2], [0, 1])];
  return [{ claim: "broadcasts", inputs: { a, b }, compute: ({ a, b }) => op(a, b), expected: zipped(a, b, rule) }];
}

/** Its Taylor series: exact to the last digit for |x| < 3. */
function erf(x: number): number {
  let [sum, term] = [0, x];
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1);
    term *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const clipCase = (claim: string, x: Tensor): Case => ({
  claim,
  inputs: { x },
  compute: (given) => tf.clipByValue(given.x, -1, 2),
  expected: mapped(x, (v) => Math.min(2, Math.max(-1, v))),
  ...(x.dtype === "float32" && { gradients: ["x"] }),
});

const castCase = (x: Tensor, dtype: "float32" | "int32" | "bool", rule: (x: number) => number): Case => ({
  claim: `takes ${x.dtype} to ${dtype}`,
  inputs: { x },
  compute: (given) => tf.cast(given.x, dtype),
  expected: mapped(x, rule),
  ...(x.dtype === dtype && { gradients: ["x"] }),
});

const test = bools([3], [0, 1, 1]);

export const elementwiseCases = {
  Abs: [...unary(tf.abs, Math.abs), onInts(tf.abs, Math.abs)],
  Add: [
    ...binary(tf.add, (a, b) => a + b),
    ...integers(tf.add, (a, b) => a + b),
    ...constants(tf.add, 0, (a, b) => a + b),
  ],
  Cast: [
    castCase(floats([4], [-1.7, -0.2, 0.9, 2.5]), "int32", Math.trunc),
    castCase(floats([3], [-0.2, 0, 3]), "bool", (x) => Number(x !== 0)),
    castCase(ints([3], [-2, 0, 7]), "float32", (x) => x),
    castCase(ints([3], [-2, 0, 7]), "bool", (x) => Number(x !== 0)),
    castCase(test, "float32", (x) => x),
    castCase(test, "int32", (x) => x),
    castCase(wide, "float32", (x) => x),
    { claim: "takes a constant", inputs: {}, compute: () => tf.cast(tf.fill([2], -1.5), "int32"), expected: [-1, -1] },
  ],
  ClipByValue: [
    clipCase("limits floats on both sides", floats([2, 2], [-3, -0.5, 1.5, 9])),
    clipCase("limits int32", ints([4], [-3, -1, 1, 9])),
    clipCase("takes a tensor without values", floats([0])),
  ],
  Cos: unary(tf.cos, Math.cos),
  Equal: comparison(tf.equal, (a, b) => a === b),
  Erf: unary(tf.erf, erf),
  Exp: unary(tf.exp, Math.exp),
  Greater: comparison(tf.greater, (a, b) => a > b),
  GreaterEqual: comparison(tf.greaterEqual, (a, b) => a >= b),
  Less: comparison(tf.less, (a, b) => a < b),
  LessEqual: comparison(tf.lessEqual, (a, b) => a <= b),
  Log: unary(tf.log, Math.log, positive),
  LogicalAnd: logical(tf.logicalAnd, (a, b) => a & b),
  LogicalNot: [
    {
      claim: "turns every value",
      inputs: { test },
      compute: (given) => tf.logicalNot(given.test),
      expected: [1, 0, 0],
    },
  ],
  LogicalOr: logical(tf.logicalOr, (a, b) => a | b),
  Maximum: [...binary(tf.maximum, Math.max, { gradients: "same-shape" }), ...integers(tf.maximum, Math.max)],
  Minimum: [...binary(tf.minimum, Math.min, { gradients: "same-shape" }), ...integers(tf.minimum, Math.min)],
  Multiply: [
    ...binary(tf.mul, (a, b) => a * b),
    ...integers(tf.mul, (a, b) => a * b),
    ...constants(tf.mul, 1, (a, b) => a * b),
  ],
  Neg: [...unary(tf.neg, (x) => -x), onInts(tf.neg, (x) => -x)],
  NotEqual: comparison(tf.notEqual, (a, b) => a !== b),
  Pow: [
    ...binary(tf.pow, (a, b) => a ** b, { left: above }),
    ...integers(tf.pow, (a, b) => a ** b, { a: ints([2, 3], [3, 4, 1, 7, 2, 1]), b: ints([3], [2, 0, 3]) }),
    {
      claim: "squares negative values",
      inputs: { x: wide },
      compute: ({ x }) => tf.pow(x, 2),
      expected: mapped(wide, (x) => x * x),
      gradients: ["x"],
    },
  ],
  RealDiv: [...binary(tf.div, (a, b) => a / b, { right: away }), ...constants(tf.div, 1, (a, b) => a / b).slice(0, 4)],
  Rsqrt: unary(tf.rsqrt, (x) => 1 / Math.sqrt(x), positive),
  Sigmoid: unary(tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  Sign: unary(tf.sign, Math.sign),
  Sin: unary(tf.sin, Math.sin),
  Sqrt: unary(tf.sqrt, Math.sqrt, positive),
  Step: [
    ...unary(
      (x) => tf.step(x),
      (x) => Number(x > 0),
    ),
    {
      claim: "takes another slope than 0",
      inputs: { x: wide },
      compute: ({ x }) => tf.step(x, -1),
      expected: mapped(wide, Math.sign),
    },
  ],
  Square: [...unary(tf.square, (x) => x * x), onInts(tf.square, (x) => x * x)],
  SquaredDifference: [
    ...binary(tf.squaredDifference, (a, b) => (a - b) ** 2, { gradients: "same-shape" }),
    ...integers(tf.squaredDifference, (a, b) => (a - b) ** 2).slice(0, 1),
  ],
  Sub: [
    ...binary(tf.sub, (a, b) => a - b),
    ...integers(tf.sub, (a, b) => a - b),
    ...constants(tf.sub, 0, (a, b) => a - b),
  ],
  Tanh: unary(tf.tanh, Math.tanh),
} satisfies Record<string, readonly Case[]>;
