/**
 * @file A program whose state lies in buffers of a device.
 *
 * State is taken there when it is first read. What a run makes of it stays there, is read by the next run as it is, and comes
 * to the host only where somebody asks for it. A run makes new buffers and those before are let go, also where a program was
 * compiled `inPlace`: the binding cannot write into a buffer that it is given.
 *
 * A buffer may not outlive the session that made it, and state is made by any of the programs that share it. So their sessions
 * are released with the last of them.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { type Spec, type Tensor, type TensorMap, tensor } from "../../base/tensor.js";
import type { CompileOptions, ResultMemory } from "../contract.js";
import { type Carrier, seenAs } from "./carrier.js";
import { type Compiled, hostTensor, isOnHost, OnnxProgram, ortTensor, outputName, type Tensors } from "./program.js";
import { computed } from "./trace.js";

/** Programs on one state that are not disposed of yet, and the sessions of all that ever were. */
interface Users {
  readonly programs: Set<DeviceProgram>;
  readonly sessions: InferenceSession[];
}

export class DeviceProgram extends OnnxProgram {
  readonly #users: Users;

  constructor(
    compiled: Compiled,
    readonly carrier: Carrier,
    { shareStateOf }: CompileOptions = {},
  ) {
    const shared = shareStateOf as DeviceProgram | undefined;
    super(compiled, shared ? shared.current : new Map());
    this.#users = shared ? shared.#users : { programs: new Set(), sessions: [] };
    this.#users.programs.add(this);
    this.#users.sessions.push(compiled.session);
  }

  protected hold(name: string, value: Tensor, isAdopted: boolean): void {
    const own = isAdopted ? value : { ...value, data: value.data.slice() };
    this.#replace(name, ortTensor(this.compiled.ort, own));
  }

  protected async place(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const held = this.current.get(name) as OrtTensor;
      if (!isOnHost(held)) continue;
      this.count("toDevice", [held]);
      this.#replace(name, await this.carrier.toDevice(held));
    }
  }

  protected async compute(feeds: Tensors, into: ResultMemory): Promise<TensorMap> {
    const { ort, session, signature, outputs } = this.compiled;
    const { state = {} } = signature;
    const returned: Record<string, Tensor> = {};
    for (const [key, output] of outputs) {
      if (!(key in state)) returned[key] = tensor(computed(output).dtype as Spec["dtype"], output.shape, into[key]);
    }
    const results = (await session.run(feeds)) as Tensors;
    this.count("toHost", Object.values(results));
    for (const key of outputs.keys()) {
      const result = results[outputName(key)] as OrtTensor;
      const spec = state[key];
      if (spec) this.#replace(key, seenAs(ort, result, spec.shape));
      else returned[key]?.data.set(hostTensor(result).data);
    }
    return returned;
  }

  #replace(name: string, next: OrtTensor): void {
    this.current.get(name)?.dispose();
    this.current.set(name, next);
  }

  protected async copyOf(held: OrtTensor): Promise<Tensor> {
    if (isOnHost(held)) return { ...hostTensor(held), data: hostTensor(held).data.slice() };
    const copy = await this.carrier.toHost(held);
    this.count("toHost", [copy]);
    return hostTensor(copy);
  }

  protected release(): void {
    const { programs, sessions } = this.#users;
    programs.delete(this);
    if (programs.size > 0) return;
    for (const held of this.current.values()) held.dispose();
    this.current.clear();
    for (const session of sessions.splice(0)) void session.release();
  }
}
