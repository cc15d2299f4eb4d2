/**
 * @file What a conformance case is, and the plain-JavaScript arithmetic that says what it must give.
 *
 * Inputs are a few values each: finite differences evaluate a case twice for every one of them.
 */
import { backend_util, type Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { randomStream } from "../../base/random.js";
import { float32, int32, sizeOf, type Tensor, tensor } from "../../base/tensor.js";

/** The inputs that cases name; a case is given those that it lists. */
export interface Given {
  readonly x: TfTensor;
  readonly a: TfTensor;
  readonly b: TfTensor;
  readonly c: TfTensor;
  readonly ids: TfTensor;
  readonly test: TfTensor;
}

export interface Case {
  /** Follows the kernel's name: "broadcasts a row over a matrix". */
  readonly claim: string;
  readonly inputs: { readonly [name in keyof Given]?: Tensor };
  readonly compute: (given: Given) => TfTensor | TfTensor[];
  /** The (first) output's values; left out: what the reference engine gives. */
  readonly expected?: ArrayLike<number>;
  /** Inputs to differentiate in. */
  readonly gradients?: readonly (keyof Given)[];
  /** Largest error, absolute below 1 and relative above; 2e-6 unless given. */
  readonly tolerance?: number;
}

export const floats = float32;
export const ints = int32;
export const bools = (shape: readonly number[], data: ArrayLike<number>): Tensor => tensor("bool", shape, data);

/** Draws from N(0, 1), the same for one key. */
export const normals = (shape: readonly number[], key: string): Tensor =>
  float32(shape, randomStream(1, "conformance", key).normals(sizeOf(shape)));

export const mapped = ({ data }: Tensor, rule: (x: number) => number): number[] => Array.from(data, rule);

/** Row-major coordinates of every value of `shape`. */
export function* coordinates(shape: readonly number[]): Generator<number[]> {
  for (let i = 0; i < sizeOf(shape); i++) {
    const at: number[] = [];
    let rest = i;
    for (const axis of [...shape].reverse()) {
      at.unshift(rest % axis);
      rest = Math.floor(rest / axis);
    }
    yield at;
  }
}

/** The value at `at`, counted from the last axis; an axis of size one is broadcast. */
export function valueAt({ shape, data }: Tensor, at: readonly number[]): number {
  const own = at.slice(at.length - shape.length);
  const index = shape.reduce((sum, axis, i) => sum * axis + (axis === 1 ? 0 : (own[i] as number)), 0);
  return data[index] as number;
}

/** rule(a, b) under broadcasting. */
export function zipped(a: Tensor, b: Tensor, rule: (a: number, b: number) => number): number[] {
  const shape = backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  return Array.from(coordinates(shape), (at) => rule(valueAt(a, at), valueAt(b, at)));
}

/** The values of each group of coordinates that differ along `axes` only, folded. */
export function folded(x: Tensor, axes: readonly number[], fold: (values: number[]) => number): number[] {
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const groups = new Map<string, number[]>(Array.from(coordinates(kept), (at) => [at.join(), []]));
  for (const at of coordinates(x.shape)) {
    groups.get(at.map((n, i) => (axes.includes(i) ? 0 : n)).join())?.push(valueAt(x, at));
  }
  return Array.from(groups.values(), fold);
}
