/**
 * @file One rule per tfjs kernel: how it is written in ONNX.
 *
 * A kernel without a rule here cannot be compiled and says so by name. Shapes are static, so axes, sizes and
 * broadcasts are settled while recording. Rules that only simplify (x · 1, x + 0) live in `elementwise.ts`.
 */
import { backend_util } from "@tensorflow/tfjs-core";
import { sizeOf, type TensorData } from "../../tensor.js";
import { binary, cast, compare, expandTo, floatBinary, logical, unary } from "./elementwise.js";
import type { Graph, GraphDType, Value } from "./graph.js";

export type Attrs = Record<string, unknown>;
export type Inputs = Record<string, Value>;
export type KernelRule = (graph: Graph, inputs: Inputs, attrs: Attrs) => Value | Value[];

const one = (values: Value[]): Value => values[0] as Value;
const same = (value: Value, shape: readonly number[] = value.shape) => ({ shape, dtype: value.dtype });

export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  if (x.shape.length === shape.length && x.shape.every((axis, i) => axis === shape[i])) return x;
  if (x.fill !== undefined) return graph.fill(x.fill, shape, x.dtype);
  if (x.constant) return graph.constant(x.constant, shape, x.dtype);
  const source = x.node?.op === "Reshape" ? (x.node.inputs[0] as Value) : x;
  if (source.shape.length === shape.length && source.shape.every((axis, i) => axis === shape[i])) return source;
  // A zero in ONNX's target means "copy that axis" unless allowzero is set.
  return one(graph.add("Reshape", [source, graph.shape(shape)], [same(x, shape)], { attributes: { allowzero: 1 } }));
}

export function transpose(graph: Graph, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis] as number);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || (moved[i - 1] as number) < axis)) return reshape(graph, x, shape);
  return one(graph.add("Transpose", [x], [same(x, shape)], { attributes: { perm } }));
}

function matMul(graph: Graph, inputs: Inputs, attrs: Attrs): Value {
  const { a, b } = inputs as { a: Value; b: Value };
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = a.shape.at(transposeA ? -1 : -2) as number;
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  const shape = [...batch, rows, columns];
  if (sizeOf(a.shape) * sizeOf(b.shape) === 0) return graph.fill(0, shape, "float32");
  const flat = sizeOf(batch) === 1;
  const [left, right] = flat ? [a, b].map((x) => reshape(graph, x, x.shape.slice(-2))) : [a, b];
  const output = { shape: flat ? [rows, columns] : shape, dtype: "float32" as const };
  const operands = [left as Value, right as Value];
  const product =
    transposeA || transposeB
      ? graph.add("FusedMatMul", operands, [output], {
          domain: "com.microsoft",
          attributes: { transA: Number(transposeA), transB: Number(transposeB) },
        })
      : graph.add("MatMul", operands, [output]);
  return reshape(graph, one(product), shape);
}

/** tfjs reduces over `axis`; an empty list of axes leaves the values as they are. */
const reduction =
  (op: string, dtypeOf: (x: Value) => GraphDType): KernelRule =>
  (graph, { x }, { axis, keepDims }) => {
    const value = cast(graph, x as Value, dtypeOf(x as Value));
    const given = axis === undefined || axis === null ? value.shape.map((_, i) => i) : ([axis].flat() as number[]);
    const axes = given.map((i) => (i < 0 ? i + value.shape.length : i));
    if (axes.length === 0) return value;
    const kept = value.shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const shape = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
    if (op === "ReduceSum" && axes.every((i) => value.shape[i] === 1)) return reshape(graph, value, shape);
    const attributes = { keepdims: Number(Boolean(keepDims)) };
    return one(graph.add(op, [value, graph.shape(axes)], [same(value, shape)], { attributes }));
  };

const gather: KernelRule = (graph, { x, indices }, { axis, batchDims }) => {
  if (batchDims) throw new Error("GatherV2 with batchDims");
  const data = x as Value;
  const ids = indices as Value;
  const at = Number(axis);
  const shape = [...data.shape.slice(0, at), ...ids.shape, ...data.shape.slice(at + 1)];
  return one(graph.add("Gather", [data, cast(graph, ids, "int32")], [same(data, shape)], { attributes: { axis: at } }));
};

/**
 * Sums rows of `x` that share a segment. ScatterElements adds one element after the other, so the sum does not depend
 * on threads; ScatterND(add) is faster but races where segments repeat.
 */
const segmentSum: KernelRule = (graph, { x, segmentIds }, { numSegments }) => {
  const data = x as Value;
  const ids = segmentIds as Value;
  const row = data.shape.slice(ids.shape.length);
  const width = sizeOf(row);
  const count = sizeOf(ids.shape);
  const segments = Number(numSegments);
  const zeros = graph.fill(0, [segments, width], data.dtype);
  if (count === 0) return reshape(graph, zeros, [segments, ...row]);
  const index = expandTo(graph, reshape(graph, cast(graph, ids, "int32"), [count, 1]), [count, width]);
  const operands = [zeros, index, reshape(graph, data, [count, width])];
  const attributes = { axis: 0, reduction: "add" };
  const sums = one(graph.add("ScatterElements", operands, [same(zeros)], { attributes }));
  return reshape(graph, sums, [segments, ...row]);
};

const slice: KernelRule = (graph, { x }, { begin, size }) => {
  const value = x as Value;
  const starts = [begin].flat() as number[];
  const sizes = ([size].flat() as number[]).map((n, i) =>
    n === -1 ? (value.shape[i] as number) - (starts[i] as number) : n,
  );
  if (value.fill !== undefined) return graph.fill(value.fill, sizes, value.dtype);
  if (sizes.every((n, i) => n === value.shape[i])) return value;
  const ends = starts.map((start, i) => start + (sizes[i] as number));
  const axes = starts.map((_, i) => i);
  const bounds = [starts, ends, axes].map((list) => graph.shape(list));
  return one(graph.add("Slice", [value, ...bounds], [same(value, sizes)]));
};

const concat: KernelRule = (graph, inputs, { axis }) => {
  const rank = (inputs[0] as Value).shape.length;
  const at = Number(axis) < 0 ? Number(axis) + rank : Number(axis);
  const parts = Object.values(inputs).filter((part) => part.shape[at] !== 0);
  const first = (parts[0] ?? inputs[0]) as Value;
  if (parts.length <= 1) return first;
  const total = parts.reduce((sum, part) => sum + (part.shape[at] as number), 0);
  const shape = first.shape.map((size, i) => (i === at ? total : size));
  return one(graph.add("Concat", parts, [same(first, shape)], { attributes: { axis: at } }));
};

const splitV: KernelRule = (graph, { x }, { numOrSizeSplits, axis }) => {
  const value = x as Value;
  const at = Number(axis) < 0 ? Number(axis) + value.shape.length : Number(axis);
  const total = value.shape[at] as number;
  const sizes = Array.isArray(numOrSizeSplits)
    ? (numOrSizeSplits as number[])
    : Array.from({ length: Number(numOrSizeSplits) }, () => total / Number(numOrSizeSplits));
  let start = 0;
  return sizes.map((length) => {
    const begin = value.shape.map((_, i) => (i === at ? start : 0));
    start += length;
    return slice(graph, { x: value }, { begin, size: value.shape.map((n, i) => (i === at ? length : n)) }) as Value;
  });
};

const select: KernelRule = (graph, { condition, t, e }) => {
  const [yes, no] = [t as Value, e as Value];
  const missing = yes.shape.length - (condition as Value).shape.length;
  const test = reshape(graph, condition as Value, [...(condition as Value).shape, ...Array<number>(missing).fill(1)]);
  if (yes.dtype !== "bool") return one(graph.add("Where", [test, yes, no], [same(yes)]));
  const asInt = [yes, no].map((value) => cast(graph, value, "int32"));
  return cast(graph, one(graph.add("Where", [test, ...asInt], [{ shape: yes.shape, dtype: "int32" }])), "bool");
};

const oneHot: KernelRule = (graph, { indices }, { depth, onValue, offValue, dtype }) => {
  const ids = indices as Value;
  const classes = graph.constant(
    Int32Array.from({ length: Number(depth) }, (_, i) => i),
    [Number(depth)],
    "int32",
  );
  const hit = compare("Equal")(graph, { a: reshape(graph, ids, [...ids.shape, 1]), b: classes }, {}) as Value;
  if (onValue === 1 && offValue === 0) return cast(graph, hit, dtype as GraphDType);
  const [on, off] = [onValue, offValue].map((value) => graph.fill(Number(value), hit.shape, dtype as GraphDType));
  return select(graph, { condition: hit, t: on as Value, e: off as Value }, {});
};

const argMax: KernelRule = (graph, { x }, { axis }) => {
  const value = x as Value;
  const at = Number(Array.isArray(axis) ? axis[0] : axis);
  const shape = value.shape.filter((_, i) => i !== at);
  const attributes = { axis: at, keepdims: 0 };
  return cast(graph, one(graph.add("ArgMax", [value], [{ shape, dtype: "int64" }], { attributes })), "int32");
};

const softmax =
  (op: "Softmax" | "LogSoftmax"): KernelRule =>
  (graph, { logits }) =>
    one(graph.add(op, [logits as Value], [same(logits as Value)], { attributes: { axis: -1 } }));

const tile: KernelRule = (graph, { x }, { reps }) => {
  const value = x as Value;
  const shape = value.shape.map((size, i) => size * ((reps as number[])[i] as number));
  return one(graph.add("Tile", [value, graph.shape(reps as number[])], [same(value, shape)]));
};

const pack: KernelRule = (graph, inputs, { axis }) => {
  const parts = Object.values(inputs);
  const at = Number(axis);
  const shape = (part: Value) => [...part.shape.slice(0, at), 1, ...part.shape.slice(at)];
  return concat(graph, Object.fromEntries(parts.map((part, i) => [i, reshape(graph, part, shape(part))])), {
    axis: at,
  });
};

const unpack: KernelRule = (graph, { value }, { axis }) => {
  const x = value as Value;
  const at = Number(axis);
  const parts = splitV(graph, { x }, { numOrSizeSplits: x.shape[at], axis: at }) as Value[];
  return parts.map((part) =>
    reshape(
      graph,
      part,
      x.shape.filter((_, i) => i !== at),
    ),
  );
};

const expandDims: KernelRule = (graph, { input }, { dim }) => {
  const x = input as Value;
  const at = Number(dim) < 0 ? x.shape.length + Number(dim) + 1 : Number(dim);
  return reshape(graph, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

const clip: KernelRule = (graph, { x }, { clipValueMin, clipValueMax }) => {
  const value = x as Value;
  const bounds = [clipValueMin, clipValueMax].map((bound) => graph.fill(Number(bound), [], value.dtype));
  return one(graph.add("Clip", [value, ...bounds], [same(value)]));
};

const pad: KernelRule = (graph, { x }, { paddings, constantValue }) => {
  const value = x as Value;
  const sides = paddings as [number, number][];
  if (sides.every(([before, after]) => before === 0 && after === 0)) return value;
  const shape = value.shape.map((size, i) => (sides[i] as number[]).reduce((sum, side) => sum + side, size));
  const pads = graph.shape([...sides.map(([before]) => before), ...sides.map(([, after]) => after)]);
  return one(graph.add("Pad", [value, pads, graph.fill(Number(constantValue), [], value.dtype)], [same(value, shape)]));
};

const filled =
  (fill: number): KernelRule =>
  (graph, { x }) =>
    graph.fill(fill, (x as Value).shape, (x as Value).dtype);

/** Kernels of this project, recorded as single ONNX operators; `layers/fused.ts` gives their gradients. */
const fusedRules = {
  FusedLayerNorm: (graph, { x, gain, bias }, { epsilon }) => {
    const value = x as Value;
    const rows = { shape: [...value.shape.slice(0, -1), 1], dtype: "float32" as const };
    const operands = [value, gain as Value, ...(bias ? [bias] : [])];
    const attributes = { axis: -1, epsilon: { float: Number(epsilon) } };
    return graph.add("LayerNormalization", operands, [same(value), rows, rows], { attributes });
  },
  FusedLogSoftmax: (graph, inputs, attrs) => softmax("LogSoftmax")(graph, inputs, attrs),
  FusedRotary: (graph, { x, cos, sin }) => {
    const value = x as Value;
    const position = graph.constant(BigInt64Array.of(0n), [1], "int64");
    const operands = [value, position, cos as Value, sin as Value];
    return one(graph.add("RotaryEmbedding", operands, [same(value)], { domain: "com.microsoft" }));
  },
  /** x[n, ids[n]] for each row n. */
  FusedPick: (graph, { x, ids }) => {
    const rows = (x as Value).shape[0] as number;
    const index = reshape(graph, ids as Value, [rows, 1]);
    const picked = graph.add("GatherElements", [x as Value, index], [same(x as Value, [rows, 1])], {
      attributes: { axis: 1 },
    });
    return reshape(graph, one(picked), [rows]);
  },
  /** x with values[n] added at x[n, ids[n]]. */
  FusedAddAt: (graph, { x, ids, values }) => {
    const rows = (x as Value).shape[0] as number;
    const operands = [x as Value, reshape(graph, ids as Value, [rows, 1]), reshape(graph, values as Value, [rows, 1])];
    const attributes = { axis: 1, reduction: "add" };
    return one(graph.add("ScatterElements", operands, [same(x as Value)], { attributes }));
  },
} satisfies Record<string, KernelRule>;

const float = (): GraphDType => "float32";
const summable = (x: Value): GraphDType => (x.dtype === "bool" ? "int32" : x.dtype);

export const kernelRules = {
  Abs: unary("Abs"),
  Add: binary("Add"),
  AddN: (graph, inputs) => {
    const parts = Object.values(inputs);
    return parts.length === 1 ? (parts[0] as Value) : one(graph.add("Sum", parts, [same(parts[0] as Value)]));
  },
  ArgMax: argMax,
  BatchMatMul: matMul,
  BroadcastTo: (graph, { x }, { shape }) => expandTo(graph, x as Value, shape as number[]),
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
  Reshape: (graph, { x }, { shape }) => reshape(graph, x as Value, shape as number[]),
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
  Square: (graph, { x }) => one(graph.add("Mul", [x as Value, x as Value], [same(x as Value)])),
  SquaredDifference: (graph, { a, b }) => {
    const difference = binary("Sub")(graph, { a: a as Value, b: b as Value }, {}) as Value;
    return one(graph.add("Mul", [difference, difference], [same(difference)]));
  },
  Sub: binary("Sub"),
  Sum: reduction("ReduceSum", summable),
  Tanh: unary("Tanh"),
  Tile: tile,
  Transpose: (graph, { x }, { perm }) => transpose(graph, x as Value, perm as number[]),
  Unpack: unpack,
  UnsortedSegmentSum: segmentSum,
  ZerosLike: filled(0),
  ...fusedRules,
} satisfies Record<string, KernelRule>;

export type KernelName = keyof typeof kernelRules;
export type FusedKernel = keyof typeof fusedRules;
export type { TensorData };
