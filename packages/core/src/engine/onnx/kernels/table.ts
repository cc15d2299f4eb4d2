/**
 * @file One rule per tfjs kernel: how it is written in ONNX.
 *
 * A kernel without a rule here cannot be compiled and says so by name. Shapes are static, so axes, sizes and
 * broadcasts are settled while recording. `conformance.test.ts` has cases for every name of this table.
 */
import { util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../base/tensor.js";
import type { GraphDType, Value } from "../graph.js";
import {
  concat,
  expandDims,
  gather,
  oneHot,
  pack,
  pad,
  reshape,
  scatterUpdate,
  select,
  slice,
  splitV,
  tile,
  transpose,
  unpack,
} from "./arrange.js";
import { addN, argMax, matMul, reduction, softmax } from "./combine.js";
import { binary, cast, compare, floatBinary, logical, unary } from "./elementwise.js";
import { fusedRules } from "./fused.js";
import { type KernelRule, one, same } from "./rule.js";
import { segmentSum } from "./segmentSum.js";

const clip: KernelRule = (graph, { x }, { clipValueMin, clipValueMax }) => {
  const value = x as Value;
  const bounds = [clipValueMin, clipValueMax].map((bound) => graph.fill(Number(bound), [], value.dtype));
  return one(graph.add("Clip", [value, ...bounds], [same(value)]));
};

/** 1 above zero, else alpha: the slope of |x| is Step with alpha −1. */
const step: KernelRule = (graph, { x }, { alpha }) => {
  const value = x as Value;
  const above = compare("Greater")(graph, { a: value, b: graph.fill(0, [], value.dtype) }, {}) as Value;
  const [t, e] = [1, Number(alpha)].map((fill) => graph.fill(fill, value.shape, value.dtype)) as [Value, Value];
  return select(graph, { condition: above, t, e }, {});
};

const filled =
  (fill: number): KernelRule =>
  (graph, { x }) =>
    graph.fill(fill, (x as Value).shape, (x as Value).dtype);

const float = (): GraphDType => "float32";
const summable = (x: Value): GraphDType => (x.dtype === "bool" ? "int32" : x.dtype);

export const kernelRules = {
  Abs: unary("Abs"),
  Add: binary("Add"),
  AddN: addN,
  ArgMax: argMax,
  BatchMatMul: matMul,
  Cast: (graph, { x }, { dtype }) => cast(graph, x as Value, dtype as GraphDType),
  ClipByValue: clip,
  Concat: concat,
  Cos: unary("Cos"),
  Equal: compare("Equal"),
  Erf: unary("Erf"),
  Exp: unary("Exp"),
  ExpandDims: expandDims,
  Fill: (graph, _, { shape, value, dtype }) =>
    graph.fill(Number(value), shape as number[], (dtype ?? "float32") as GraphDType),
  GatherV2: gather,
  Greater: compare("Greater"),
  GreaterEqual: compare("GreaterOrEqual"),
  Identity: (_, { x }) => x as Value,
  Less: compare("Less"),
  LessEqual: compare("LessOrEqual"),
  Log: unary("Log"),
  LogicalAnd: logical("And"),
  LogicalNot: (graph, { x }) => one(graph.add("Not", [x as Value], [same(x as Value)])),
  LogicalOr: logical("Or"),
  Max: reduction("ReduceMax", summable),
  Maximum: binary("Max"),
  Mean: reduction("ReduceMean", float),
  Min: reduction("ReduceMin", summable),
  Minimum: binary("Min"),
  Multiply: binary("Mul"),
  Neg: unary("Neg"),
  NotEqual: (graph, inputs) => {
    const equal = compare("Equal")(graph, inputs, {}) as Value;
    return one(graph.add("Not", [equal], [same(equal)]));
  },
  OneHot: oneHot,
  OnesLike: filled(1),
  Pack: pack,
  PadV2: pad,
  Pow: binary("Pow"),
  RealDiv: floatBinary("Div"),
  Reshape: (graph, { x }, { shape }) => {
    const size = sizeOf((x as Value).shape);
    return reshape(graph, x as Value, util.inferFromImplicitShape(shape as number[], size));
  },
  Rsqrt: (graph, { x }) => {
    const root = one(graph.add("Sqrt", [x as Value], [same(x as Value)]));
    return one(graph.add("Reciprocal", [root], [same(root)]));
  },
  Select: select,
  Sigmoid: unary("Sigmoid"),
  Sign: unary("Sign"),
  Sin: unary("Sin"),
  Slice: slice,
  Softmax: softmax("Softmax"),
  SplitV: splitV,
  Sqrt: unary("Sqrt"),
  Step: step,
  Square: (graph, { x }) => one(graph.add("Mul", [x as Value, x as Value], [same(x as Value)])),
  SquaredDifference: (graph, { a, b }) => {
    const difference = binary("Sub")(graph, { a: a as Value, b: b as Value }, {}) as Value;
    return one(graph.add("Mul", [difference, difference], [same(difference)]));
  },
  Sub: binary("Sub"),
  Sum: reduction("ReduceSum", summable),
  Tanh: unary("Tanh"),
  TensorScatterUpdate: scatterUpdate,
  Tile: tile,
  Transpose: (graph, { x }, { perm }) => transpose(graph, x as Value, perm as number[]),
  Unpack: unpack,
  UnsortedSegmentSum: segmentSum,
  ZerosLike: filled(0),
  ...fusedRules,
} satisfies Record<string, KernelRule>;

export type KernelName = keyof typeof kernelRules;
