/**
 * @file A program whose state lies in arrays of the host.
 *
 * There are two sets of them: a run reads one and writes the other, and only a run that succeeded swaps them. So state is
 * never copied through JavaScript, and a failed run leaves it as it was. A program compiled `inPlace` has one set. Arrays are
 * made when they are first needed.
 */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import { type Spec, type Tensor, type TensorData, type TensorMap, tensor } from "../../base/tensor.js";
import type { CompileOptions, ResultMemory } from "../contract.js";
import type { Value } from "./graph.js";
import { type Compiled, hostTensor, OnnxProgram, ortTensor, outputName, type Tensors } from "./program.js";
import { noTensor, runInto } from "./runWithoutCopies.js";
import { computed } from "./trace.js";

export class HostProgram extends OnnxProgram {
  readonly #spare: Map<string, OrtTensor>;
  readonly #inPlace: boolean;

  constructor(compiled: Compiled, { shareStateOf, inPlace = false }: CompileOptions = {}) {
    const shared = shareStateOf as HostProgram | undefined;
    super(compiled, shared ? shared.current : new Map());
    this.#spare = shared ? shared.#spare : new Map();
    this.#inPlace = inPlace;
  }

  protected hold(name: string, value: Tensor, isAdopted: boolean): void {
    const held = this.current.get(name);
    if (held && !isAdopted) (held.data as Float32Array).set(value.data as Float32Array);
    else {
      const own = isAdopted ? value : { ...value, data: value.data.slice() };
      this.current.set(name, ortTensor(this.compiled.ort, own));
    }
  }

  protected async place(): Promise<void> {}

  protected async compute(feeds: Tensors, into: ResultMemory): Promise<TensorMap> {
    const { session, signature, outputs } = this.compiled;
    const { state = {} } = signature;
    const targets: Record<string, OrtTensor> = {};
    const returned: Record<string, Tensor> = {};
    for (const [key, value] of outputs) {
      const target = this.#target(key, value, into[key]);
      targets[outputName(key)] = target;
      if (!(key in state)) returned[key] = { ...hostTensor(target), shape: value.shape };
    }
    const withoutCopies = session.outputNames.includes(noTensor);
    await runInto(session, feeds, targets, withoutCopies);
    this.count("toHost", Object.values(targets));
    for (const key of outputs.keys()) if (key in state) this.#swap(key);
    return returned;
  }

  /** Where an output is written, seen in the shape that its node computes: over state, or into `memory` or new one. */
  #target(key: string, output: Value, memory?: TensorData): OrtTensor {
    const { ort, signature } = this.compiled;
    const { shape, dtype } = computed(output);
    const spec = signature.state?.[key];
    if (!spec) return ortTensor(ort, tensor(dtype as Spec["dtype"], shape, memory));
    const buffer = this.#inPlace ? this.current.get(key) : (this.#spare.get(key) ?? this.#newSpare(key, spec));
    return ortTensor(ort, { ...hostTensor(buffer as OrtTensor), shape });
  }

  #newSpare(key: string, { dtype, shape }: Spec): OrtTensor {
    const spare = ortTensor(this.compiled.ort, tensor(dtype, shape));
    this.#spare.set(key, spare);
    return spare;
  }

  #swap(key: string): void {
    if (this.#inPlace) return;
    const written = this.#spare.get(key) as OrtTensor;
    this.#spare.set(key, this.current.get(key) as OrtTensor);
    this.current.set(key, written);
  }

  protected async copyOf(held: OrtTensor): Promise<Tensor> {
    const { shape, dtype, data } = hostTensor(held);
    return { shape, dtype, data: data.slice() };
  }

  protected release(): void {
    void this.compiled.session.release();
  }
}
