/**
 * @file Tensors on the host: what crosses the border between engines, checkpoints and commands.
 *
 * Plain data, row-major. No arithmetic lives here: that is an engine's work.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { userError } from "./errors.js";

export type DType = "float32" | "int32" | "bool";
export type TensorData = Float32Array | Int32Array | Uint8Array;

export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Row-major values of `shape`; bool is one byte a value. */
export interface Tensor extends Spec {
  readonly data: TensorData;
}

export type Specs = Readonly<Record<string, Spec>>;
export type TensorMap = Readonly<Record<string, Tensor>>;
/** Tensors of an engine, which a function computes with. */
export type TensorsByName = Readonly<Record<string, tf.Tensor>>;

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

export function float32(shape: readonly number[], data?: ArrayLike<number>): Tensor {
  return tensor("float32", shape, data);
}

export function int32(shape: readonly number[], data?: ArrayLike<number>): Tensor {
  return tensor("int32", shape, data);
}

/** Wraps `data` (copied only if it is of another array type); zeros when it is left out. */
export function tensor(dtype: DType, shape: readonly number[], data?: ArrayLike<number>): Tensor {
  const ArrayType = arrays[dtype];
  const size = sizeOf(shape);
  const values = data instanceof ArrayType ? data : data ? ArrayType.from(data) : new ArrayType(size);
  if (values.length !== size) {
    throw userError("tensor", `data must hold ${size} values for shape [${shape}]`, values.length, "Check the shape.");
  }
  return { shape: [...shape], dtype, data: values };
}

export function scalar(value: number): Tensor {
  return float32([], [value]);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** Shapes and dtypes of tensors, without their values. */
export function specsOfTensors(tensors: TensorMap): Specs {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape, dtype }]) => [name, { shape, dtype }]));
}
