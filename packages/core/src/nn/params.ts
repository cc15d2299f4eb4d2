/**
 * @file Named parameters: shapes, initial values, counts.
 *
 * Names and layouts are those of the published safetensors. Initial values are not: with every matrix at std 0.02 and
 * gates at zero a small denoiser stays at the unigram entropy for thousands of updates (docs/decisions/0003).
 */
import { randomStream } from "../base/random.js";
import { float32, type Specs, sizeOf, type Tensor, type TensorMap } from "../base/tensor.js";

export type Initial = { readonly std: number } | { readonly fill: number } | { readonly values: Float32Array };

export interface Parameter {
  readonly shape: readonly number[];
  readonly initial: Initial;
}

export type Parameters = Readonly<Record<string, Parameter>>;

export function specsOf(parameters: Parameters): Specs {
  return Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]));
}

export function parameterCount(parameters: Parameters): number {
  return Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function initialTensor(seed: number, name: string, { shape, initial }: Parameter): Tensor {
  const size = sizeOf(shape);
  if ("values" in initial) return float32(shape, initial.values);
  if ("fill" in initial) return float32(shape, new Float32Array(size).fill(initial.fill));
  return float32(
    shape,
    randomStream(seed, "init", name)
      .normals(size)
      .map((x) => x * initial.std),
  );
}

/** Holds    each tensor depends on the seed and its own name only */
export function initialise(parameters: Parameters, seed: number): TensorMap {
  return Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, initialTensor(seed, name, p)]));
}

export function zerosLike(specs: Specs): TensorMap {
  return Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, float32(shape)]));
}
