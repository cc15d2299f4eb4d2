/**
 * @file A traced function as a program of onnxruntime-node: what it is given and what it reads, in whichever memory state lies.
 *
 * `hostProgram.ts` keeps state in arrays of the host, `deviceProgram.ts` in buffers of a device.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Spec, Tensor, TensorData, TensorMap } from "../../base/tensor.js";
import {
  checkLoaded,
  checkTensors,
  type LoadOptions,
  type Program,
  type ResultMemory,
  type Signature,
} from "../contract.js";
import { explainMemory } from "../memory.js";
import type { Value } from "./graph.js";
import type { Ort } from "./runtime.js";

export const inputName = (name: string) => `in:${name}`;
export const outputName = (name: string) => `out:${name}`;

/** Bytes that have gone from the host to a device and back. */
export interface Carried {
  toDevice: number;
  toHost: number;
}

/** A compiled function, before it has state. */
export interface Compiled {
  readonly ort: Ort;
  readonly session: InferenceSession;
  readonly signature: Signature;
  readonly outputs: ReadonlyMap<string, Value>;
  readonly device: string;
  readonly isProfiled: boolean;
  /** Added to with each run, where the device is not the host. */
  readonly carried?: Carried | undefined;
}

export type Tensors = Readonly<Record<string, OrtTensor>>;

export function ortTensor(ort: Ort, { dtype, data, shape }: Tensor): OrtTensor {
  return new ort.Tensor(dtype, data as Float32Array, [...shape]) as OrtTensor;
}

export function hostTensor({ dims, type, data }: OrtTensor): Tensor {
  return { shape: [...dims], dtype: type as Spec["dtype"], data: data as TensorData };
}

export const isOnHost = ({ location }: OrtTensor): boolean => location === "cpu";

export const hostBytes = (tensors: Iterable<OrtTensor>): number =>
  [...tensors].reduce((sum, one) => sum + (isOnHost(one) ? (one.data as TensorData).byteLength : 0), 0);

export abstract class OnnxProgram implements Program {
  #isProfiled: boolean;

  constructor(
    readonly compiled: Compiled,
    /** State, by name. */
    protected readonly current: Map<string, OrtTensor>,
  ) {
    this.#isProfiled = compiled.isProfiled;
  }

  load(tensors: TensorMap, { adopt = false }: LoadOptions = {}): void {
    const { name, state = {} } = this.compiled.signature;
    checkTensors(`${name}.load`, tensors, state, true);
    for (const [key, value] of Object.entries(tensors)) this.hold(key, value, adopt);
  }

  async run(inputs: TensorMap, into: ResultMemory = {}): Promise<TensorMap> {
    const { ort, signature, session, device } = this.compiled;
    const { name, inputs: specs, state = {} } = signature;
    checkTensors(`${name}.run`, inputs, specs);
    checkLoaded(`${name}.run`, state, (key) => this.current.has(key));
    const used = new Set(session.inputNames);
    const given = Object.entries(inputs).filter(([key]) => used.has(inputName(key)));
    const read = [...this.current.keys()].filter((key) => used.has(inputName(key)));
    try {
      await this.place(read);
      const feeds: Record<string, OrtTensor> = {};
      for (const [key, value] of given) feeds[inputName(key)] = ortTensor(ort, value);
      for (const key of read) feeds[inputName(key)] = this.current.get(key) as OrtTensor;
      this.count("toDevice", Object.values(feeds));
      return await this.compute(feeds, into);
    } catch (error) {
      throw explainMemory(name, device, error);
    }
  }

  async state(names: readonly string[] = [...this.current.keys()]): Promise<TensorMap> {
    const copies: Record<string, Tensor> = {};
    for (const name of names) copies[name] = await this.copyOf(this.current.get(name) as OrtTensor);
    return copies;
  }

  dispose(): void {
    if (this.#isProfiled) this.compiled.session.endProfiling();
    this.#isProfiled = false;
    this.release();
  }

  protected count(way: keyof Carried, tensors: Iterable<OrtTensor>): void {
    const { carried } = this.compiled;
    if (carried) carried[way] += hostBytes(tensors);
  }

  /** Takes a state tensor in; a copy of it unless it is handed over. */
  protected abstract hold(name: string, value: Tensor, isAdopted: boolean): void;
  /** Sees to it that these state tensors are where a run reads them. */
  protected abstract place(names: readonly string[]): Promise<void>;
  /** Runs, replaces state, and gives what is no state; throws with the state as it was. */
  protected abstract compute(feeds: Tensors, into: ResultMemory): Promise<TensorMap>;
  protected abstract copyOf(held: OrtTensor): Promise<Tensor>;
  protected abstract release(): void;
}
