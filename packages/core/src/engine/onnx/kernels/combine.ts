/**
 * @file Rules for kernels that combine values: products of matrices, reductions, softmax.
 */
import { backend_util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../base/tensor.js";
import type { Graph, GraphDType, Value } from "../graph.js";
import { reshape } from "./arrange.js";
import { binary, cast } from "./elementwise.js";
import { type Attrs, axisOf, type Inputs, type KernelRule, one, same } from "./rule.js";

export function matMul(graph: Graph, inputs: Inputs, attrs: Attrs): Value {
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

/** tfjs names the axes `axis`, in Max `reductionIndices`; an empty list of them leaves the values as they are. */
export const reduction =
  (op: string, dtypeOf: (x: Value) => GraphDType): KernelRule =>
  (graph, { x }, { axis, reductionIndices, keepDims }) => {
    const value = cast(graph, x as Value, dtypeOf(x as Value));
    const over = axis ?? reductionIndices ?? value.shape.map((_, i) => i);
    const axes = ([over].flat() as number[]).map((i) => axisOf(i, value.shape));
    if (axes.length === 0) return value;
    const kept = value.shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const shape = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
    if (op === "ReduceSum" && axes.every((i) => value.shape[i] === 1)) return reshape(graph, value, shape);
    const attributes = { keepdims: Number(Boolean(keepDims)) };
    return one(graph.add(op, [value, graph.shape(axes)], [same(value, shape)], { attributes }));
  };

export const argMax: KernelRule = (graph, { x }, { axis }) => {
  const value = x as Value;
  const at = axisOf(Array.isArray(axis) ? axis[0] : axis, value.shape);
  const shape = value.shape.filter((_, i) => i !== at);
  const attributes = { axis: at, keepdims: 0 };
  return cast(graph, one(graph.add("ArgMax", [value], [{ shape, dtype: "int64" }], { attributes })), "int32");
};

export const softmax =
  (op: "Softmax" | "LogSoftmax"): KernelRule =>
  (graph, { logits }) =>
    one(graph.add(op, [logits as Value], [same(logits as Value)], { attributes: { axis: -1 } }));

/** ONNX's Sum knows floats only. */
export const addN: KernelRule = (graph, inputs) => {
  const parts = Object.values(inputs);
  const first = parts[0] as Value;
  if (parts.length === 1) return first;
  if (first.dtype === "float32") return one(graph.add("Sum", parts, [same(first)]));
  return parts.reduce((a, b) => binary("Add")(graph, { a, b }, {}) as Value);
};
