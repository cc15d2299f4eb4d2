/**
 * @file The engine contract: one tensor function in, one fast program out.
 *
 * Models, losses and optimizers are pure functions written once in tfjs-core ops. An engine decides how to run them:
 * eagerly on a tfjs backend, or traced once into an ONNX graph. Nothing above this file knows which; layers ask `traced.ts`
 * whether they are recorded.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { userError } from "../base/errors.js";
import { type Specs, sameShape, type TensorData, type TensorMap } from "../base/tensor.js";

export const engineNames = ["onnx", "tensorflow", "reference"] as const;
export type EngineName = (typeof engineNames)[number];

export type TensorFunction = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/**
 * Names, shapes and dtypes of a function's arguments. `inputs` change with every run; `state` stays inside the
 * program between runs, and an output of the same name replaces it.
 */
export interface Signature {
  readonly name: string;
  readonly inputs: Specs;
  readonly state?: Specs;
}

/**
 * A compiled function. Inputs of `run` are only read; what `run` and `state` return belongs to the caller.
 *
 * Holds    an output named like a state tensor replaces it, and is not returned by `run`
 * Holds    a failed run leaves the state as it was
 */
export interface Program {
  /** Copies `tensors` in as the state; names not given stay as they are. */
  load(tensors: TensorMap, options?: LoadOptions): void;
  /** @param into arrays that results are written to, by name; a result that has none gets an array of its own */
  run(inputs: TensorMap, into?: ResultMemory): Promise<TensorMap>;
  /** A copy of the state, all of it or the names given. */
  state(names?: readonly string[]): Promise<TensorMap>;
  dispose(): void;
}

export type ResultMemory = Readonly<Record<string, TensorData>>;

export interface LoadOptions {
  /** The arrays are handed over, not copied: the caller only reads them from then on, and no program writes them. */
  readonly adopt?: boolean;
}

export interface CompileOptions {
  /** Run on the state of another program of this engine, with the same state specs. */
  readonly shareStateOf?: Program;
  /**
   * New state is written over the old, which halves its memory. Only for a function in which each new state tensor is
   * made value by value from the old one and nothing else reads that. A run that fails leaves the state undefined.
   */
  readonly inPlace?: boolean;
}

export interface Engine {
  readonly name: EngineName;
  /** One line for logs and rows: package, version, device, threads. */
  readonly description: string;
  readonly threads: number;
  /** Throws UserError naming the kernel and the program where the engine lacks a kernel. */
  compile(fn: TensorFunction, signature: Signature, options?: CompileOptions): Promise<Program>;
}

/** Refuses to run before every state tensor was loaded. */
export function checkLoaded(where: string, state: Specs, isLoaded: (name: string) => boolean): void {
  const missing = Object.keys(state).find((name) => !isLoaded(name));
  if (missing) throw userError(where, "all state must be loaded first", `no "${missing}"`, "Call load().");
}

/**
 * Refuses tensors that do not fit `specs`; `partial` allows names to be missing.
 *
 * @param remedy what to do about tensors that were read, not passed
 */
export function checkTensors(where: string, tensors: TensorMap, specs: Specs, partial = false, remedy?: string): void {
  for (const [name, spec] of Object.entries(specs)) {
    const got = tensors[name];
    if (!got) {
      if (partial) continue;
      throw userError(where, `there must be a tensor "${name}"`, "none", remedy ?? "Pass it.");
    }
    if (got.dtype !== spec.dtype || !sameShape(got.shape, spec.shape)) {
      const rule = `"${name}" must be ${spec.dtype} [${spec.shape}]`;
      throw userError(where, rule, `${got.dtype} [${got.shape}]`, remedy ?? "Compile for these shapes.");
    }
  }
  const foreign = Object.keys(tensors).find((name) => !(name in specs));
  if (foreign) throw userError(where, "there must be no other tensor", `"${foreign}"`, remedy ?? "Drop it.");
}
