/**
 * @file Rules for kernels that move, copy or choose values without computing any.
 */
import { slice_util } from "@tensorflow/tfjs-core";
import type { Graph, GraphDType, Value } from "../graph.js";
import { cast, compare } from "./elementwise.js";
import { axisOf, type KernelRule, one, same } from "./rule.js";

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

export const gather: KernelRule = (graph, { x, indices }, { axis, batchDims }) => {
  if (batchDims) throw new Error("GatherV2 with batchDims");
  const data = x as Value;
  const ids = indices as Value;
  const at = axisOf(axis, data.shape);
  const shape = [...data.shape.slice(0, at), ...ids.shape, ...data.shape.slice(at + 1)];
  return one(graph.add("Gather", [data, cast(graph, ids, "int32")], [same(data, shape)], { attributes: { axis: at } }));
};

export const slice: KernelRule = (graph, { x }, { begin, size }) => {
  const value = x as Value;
  const shaped = { shape: value.shape } as Parameters<typeof slice_util.parseSliceParams>[0];
  const [starts, sizes] = slice_util.parseSliceParams(shaped, begin as number[], size as number[]) as [
    number[],
    number[],
  ];
  if (value.fill !== undefined) return graph.fill(value.fill, sizes, value.dtype);
  if (sizes.every((n, i) => n === value.shape[i])) return value;
  const ends = starts.map((start, i) => start + (sizes[i] as number));
  const axes = starts.map((_, i) => i);
  const bounds = [starts, ends, axes].map((list) => graph.shape(list));
  return one(graph.add("Slice", [value, ...bounds], [same(value, sizes)]));
};

export const concat: KernelRule = (graph, inputs, { axis }) => {
  const at = axisOf(axis, (inputs[0] as Value).shape);
  const parts = Object.values(inputs).filter((part) => part.shape[at] !== 0);
  const first = (parts[0] ?? inputs[0]) as Value;
  if (parts.length <= 1) return first;
  const total = parts.reduce((sum, part) => sum + (part.shape[at] as number), 0);
  const shape = first.shape.map((size, i) => (i === at ? total : size));
  return one(graph.add("Concat", parts, [same(first, shape)], { attributes: { axis: at } }));
};

export const splitV: KernelRule = (graph, { x }, { numOrSizeSplits, axis }) => {
  const value = x as Value;
  const at = axisOf(axis, value.shape);
  const total = value.shape[at] as number;
  const sizes = Array.isArray(numOrSizeSplits)
    ? (numOrSizeSplits as number[])
    : Array.from({ length: Number(numOrSizeSplits) }, () => total / Number(numOrSizeSplits));
  let start = 0;
  const part = partOf(graph, value, at);
  return sizes.map((size) => {
    start += size;
    return part(start - size, size);
  });
};

/**
 * Elements `start` … of an axis. Columns of x · Wᵀ are x times those rows of W, which are cheaper to cut where they are
 * shorter; the whole product is dropped then, as nobody reads it.
 */
function partOf(graph: Graph, value: Value, at: number): (start: number, size: number) => Value {
  const { node } = value;
  const [x, weight] = (node?.inputs ?? []) as [Value, Value];
  const isProduct = node?.op === "FusedMatMul" && node.attributes.transB === 1 && node.attributes.transA === 0;
  if (isProduct && at === 1 && value.shape.length === 2 && (x.shape[0] as number) > (x.shape[1] as number)) {
    const { attributes, domain } = node;
    return (start, size) => {
      const rows = cut(graph, weight, 0, start, size);
      return one(
        graph.add("FusedMatMul", [x, rows], [same(value, [x.shape[0] as number, size])], { attributes, domain }),
      );
    };
  }
  return (start, size) => cut(graph, value, at, start, size);
}

function cut(graph: Graph, value: Value, at: number, start: number, size: number): Value {
  const begin = value.shape.map((_, i) => (i === at ? start : 0));
  return slice(graph, { x: value }, { begin, size: value.shape.map((n, i) => (i === at ? size : n)) }) as Value;
}

export const select: KernelRule = (graph, { condition, t, e }) => {
  const [yes, no] = [t as Value, e as Value];
  const missing = yes.shape.length - (condition as Value).shape.length;
  const test = reshape(graph, condition as Value, [...(condition as Value).shape, ...Array<number>(missing).fill(1)]);
  if (yes.dtype !== "bool") return one(graph.add("Where", [test, yes, no], [same(yes)]));
  const asInt = [yes, no].map((value) => cast(graph, value, "int32"));
  return cast(graph, one(graph.add("Where", [test, ...asInt], [{ shape: yes.shape, dtype: "int32" }])), "bool");
};

export const oneHot: KernelRule = (graph, { indices }, { depth, onValue, offValue, dtype }) => {
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

export const tile: KernelRule = (graph, { x }, { reps }) => {
  const value = x as Value;
  const shape = value.shape.map((size, i) => size * ((reps as number[])[i] as number));
  return one(graph.add("Tile", [value, graph.shape(reps as number[])], [same(value, shape)]));
};

export const pack: KernelRule = (graph, inputs, { axis }) => {
  const parts = Object.values(inputs);
  const at = Number(axis);
  const shape = (part: Value) => [...part.shape.slice(0, at), 1, ...part.shape.slice(at)];
  return concat(graph, Object.fromEntries(parts.map((part, i) => [i, reshape(graph, part, shape(part))])), {
    axis: at,
  });
};

export const unpack: KernelRule = (graph, { value }, { axis }) => {
  const x = value as Value;
  const at = axisOf(axis, x.shape);
  const parts = splitV(graph, { x }, { numOrSizeSplits: x.shape[at], axis: at }) as Value[];
  return parts.map((part) =>
    reshape(
      graph,
      part,
      x.shape.filter((_, i) => i !== at),
    ),
  );
};

export const expandDims: KernelRule = (graph, { input }, { dim }) => {
  const x = input as Value;
  const at = Number(dim) < 0 ? x.shape.length + Number(dim) + 1 : Number(dim);
  return reshape(graph, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

export const pad: KernelRule = (graph, { x }, { paddings, constantValue }) => {
  const value = x as Value;
  const sides = paddings as [number, number][];
  if (sides.every(([before, after]) => before === 0 && after === 0)) return value;
  const shape = value.shape.map((size, i) => (sides[i] as number[]).reduce((sum, side) => sum + side, size));
  const pads = graph.shape([...sides.map(([before]) => before), ...sides.map(([, after]) => after)]);
  return one(graph.add("Pad", [value, pads, graph.fill(Number(constantValue), [], value.dtype)], [same(value, shape)]));
};

/** Values at `indices` replaced; where input and output are one buffer, nothing else is copied. */
export const scatterUpdate: KernelRule = (graph, { tensor, indices, updates }) => {
  const value = tensor as Value;
  const at = cast(graph, indices as Value, "int64");
  return one(graph.add("ScatterND", [value, at, updates as Value], [same(value)]));
};
