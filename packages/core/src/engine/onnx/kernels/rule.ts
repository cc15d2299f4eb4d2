/**
 * @file What a rule is, and the three things that most of them need.
 */
import type { Graph, Value } from "../graph.js";

export type Attrs = Record<string, unknown>;
export type Inputs = Record<string, Value>;
/** Writes one tfjs kernel into the graph: its inputs and attributes by tfjs's names in, its outputs out. */
export type KernelRule = (graph: Graph, inputs: Inputs, attrs: Attrs) => Value | Value[];

export const one = (values: Value[]): Value => values[0] as Value;
export const same = (value: Value, shape: readonly number[] = value.shape) => ({ shape, dtype: value.dtype });
/** tfjs passes axes on as they were given: counted from the end where negative. */
export const axisOf = (axis: unknown, { length }: readonly number[]): number =>
  Number(axis) < 0 ? Number(axis) + length : Number(axis);
