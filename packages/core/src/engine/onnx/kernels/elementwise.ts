/**
 * @file Rules for kernels that work value by value, with tfjs's broadcasting and dtype promotion.
 *
 * A uniform operand is passed as a scalar, so that constants are never materialised, and disappears where it changes
 * nothing (x · 1, x + 0, x − 0, x / 1).
 */
import { backend_util, upcastType } from "@tensorflow/tfjs-core";
import { sameShape } from "../../../base/tensor.js";
import type { Graph, GraphDType, TfDType, Value } from "../graph.js";
import { type KernelRule, one } from "./rule.js";

export function cast(graph: Graph, x: Value, dtype: GraphDType): Value {
  if (x.dtype === dtype) return x;
  if (x.fill !== undefined) {
    const value = dtype === "bool" ? Number(x.fill !== 0) : dtype === "int32" ? Math.trunc(x.fill) : x.fill;
    return graph.fill(value, x.shape, dtype);
  }
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[dtype];
  return one(graph.add("Cast", [x], [{ shape: x.shape, dtype }], { attributes: { to } }));
}

function expandTo(graph: Graph, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  if (x.fill !== undefined) return graph.fill(x.fill, shape, x.dtype);
  return one(graph.add("Expand", [x, graph.shape(shape)], [{ shape, dtype: x.dtype }]));
}

/** A uniform operand shrinks to a scalar where the other one already has the result's shape. */
function shrink(graph: Graph, x: Value, other: Value, shape: readonly number[]): Value {
  return x.fill !== undefined && sameShape(other.shape, shape) ? graph.fill(x.fill, [], x.dtype) : x;
}

const neutralLeft: Record<string, number> = { Add: 0, Mul: 1 };
const neutralRight: Record<string, number> = { Add: 0, Mul: 1, Sub: 0, Div: 1, Pow: 1 };

function broadcast(graph: Graph, op: string, left: Value, right: Value, dtype: GraphDType): Value {
  const shape = backend_util.assertAndGetBroadcastShape([...left.shape], [...right.shape]);
  if (left.dtype === dtype) {
    if (right.fill === neutralRight[op] && right.fill !== undefined) return expandTo(graph, left, shape);
    if (left.fill === neutralLeft[op] && left.fill !== undefined) return expandTo(graph, right, shape);
  }
  const a = shrink(graph, left, right, shape);
  const b = shrink(graph, right, left, shape);
  return one(graph.add(op, [a, b], [{ shape, dtype }]));
}

export const unary =
  (op: string): KernelRule =>
  (graph, { x }) =>
    one(graph.add(op, [x as Value], [{ shape: (x as Value).shape, dtype: (x as Value).dtype }]));

/** Arithmetic in the wider dtype of the two; bool counts as int32. */
export const binary =
  (op: string): KernelRule =>
  (graph, { a, b }) => {
    const wider = upcastType((a as Value).dtype as TfDType, (b as Value).dtype as TfDType) as GraphDType;
    const dtype = wider === "bool" ? "int32" : wider;
    return broadcast(graph, op, cast(graph, a as Value, dtype), cast(graph, b as Value, dtype), dtype);
  };

/** Arithmetic that always gives float32, as tfjs's true division. */
export const floatBinary =
  (op: string): KernelRule =>
  (graph, { a, b }) =>
    broadcast(graph, op, cast(graph, a as Value, "float32"), cast(graph, b as Value, "float32"), "float32");

export const compare =
  (op: string): KernelRule =>
  (graph, { a, b }) => {
    const wider = upcastType((a as Value).dtype as TfDType, (b as Value).dtype as TfDType) as GraphDType;
    const dtype = wider === "bool" ? "int32" : wider;
    const [left, right] = [cast(graph, a as Value, dtype), cast(graph, b as Value, dtype)];
    const shape = backend_util.assertAndGetBroadcastShape([...left.shape], [...right.shape]);
    const operands = [shrink(graph, left, right, shape), shrink(graph, right, left, shape)];
    return one(graph.add(op, operands, [{ shape, dtype: "bool" }]));
  };

export const logical =
  (op: string): KernelRule =>
  (graph, { a, b }) => {
    const shape = backend_util.assertAndGetBroadcastShape([...(a as Value).shape], [...(b as Value).shape]);
    return one(graph.add(op, [a as Value, b as Value], [{ shape, dtype: "bool" }]));
  };
