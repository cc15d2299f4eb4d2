/**
 * @file Takes tensors to a device and back, each by a program that copies one tensor.
 *
 * The binding has no other way: a buffer's own download ends the process (onnxruntime-node 1.30.0 throws there what nobody
 * catches). A session holds what it was last given and what it last made until it runs again, so each trip ends with one value.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { type DType, tensor } from "../../base/tensor.js";
import { type GraphDType, Graph } from "./graph.js";
import { ortTensor } from "./program.js";
import { onnxModel } from "./protobuf.js";
import type { Ort } from "./runtime.js";

export type Place = "cpu" | "gpu-buffer";
export type OpenCopier = (model: Uint8Array, to: Place) => Promise<InferenceSession>;

/** The same buffer, seen in another shape of as many values; disposing of either is disposing of both. */
export function seenAs(ort: Ort, held: OrtTensor, dims: readonly number[]): OrtTensor {
  const options = { dataType: held.type, dims: [...dims], dispose: () => held.dispose() };
  return ort.Tensor.fromGpuBuffer(held.gpuBuffer, options as never) as OrtTensor;
}

/** A tensor of any number of values, copied. */
function copyModel(dtype: GraphDType): Uint8Array {
  const from = new Graph().input([-1], dtype);
  return onnxModel(new Map([["from", from]]), new Map([["to", from]]));
}

export class Carrier {
  readonly #copiers = new Map<string, Promise<InferenceSession>>();

  constructor(
    readonly ort: Ort,
    readonly open: OpenCopier,
  ) {}

  async toDevice(held: OrtTensor): Promise<OrtTensor> {
    const flat = ortTensor(this.ort, tensor(held.type as DType, [held.size], held.data as Float32Array));
    return seenAs(this.ort, await this.#copied(flat, "gpu-buffer"), held.dims);
  }

  async toHost(held: OrtTensor): Promise<OrtTensor> {
    const { data, type } = await this.#copied(seenAs(this.ort, held, [held.size]), "cpu");
    return new this.ort.Tensor(type, data as Float32Array, [...held.dims]) as OrtTensor;
  }

  async #copied(from: OrtTensor, to: Place): Promise<OrtTensor> {
    const session = await this.#copier(from.type as DType, to);
    const { to: made } = await session.run({ from });
    const { to: one } = await session.run({ from: ortTensor(this.ort, tensor(from.type as DType, [1])) });
    one?.dispose();
    return made as OrtTensor;
  }

  #copier(dtype: DType, to: Place): Promise<InferenceSession> {
    const key = `${dtype} to ${to}`;
    const known = this.#copiers.get(key) ?? this.open(copyModel(dtype), to);
    this.#copiers.set(key, known);
    return known;
  }
}
