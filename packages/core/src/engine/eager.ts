/**
 * @file Engines that run a function op by op on a tfjs backend: `reference` (cpu) and `tensorflow`.
 *
 * No tracing, no fusion: this is the oracle that compiled engines are held against. State stays on the backend.
 */
import "./tfjs.js";
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { type Spec, type Tensor, type TensorData, type TensorMap, tensor } from "../base/tensor.js";
import {
  type CompileOptions,
  checkLoaded,
  checkTensors,
  type Engine,
  type EngineName,
  type Program,
  type Signature,
  type TensorFunction,
} from "./contract.js";
import { explainMemory } from "./memory.js";

/** tfjs keeps the array that it is given and hands out the one that it has, so both ways are copies. */
const toDevice = (t: Tensor): tf.Tensor => tf.tensor(t.data.slice(), [...t.shape], t.dtype);

async function toHost(t: tf.Tensor, memory?: TensorData): Promise<Tensor> {
  const host = tensor(t.dtype as Spec["dtype"], t.shape, memory);
  host.data.set(await t.data());
  return host;
}

function withMemory<T>(program: string, backend: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw explainMemory(program, backend, error);
  }
}

/** State, kept until the last program that runs on it is disposed of. */
interface State {
  readonly held: Map<string, tf.Tensor>;
  readonly users: Set<Program>;
}

const states = new WeakMap<Program, State>();

function eagerProgram(
  backend: string,
  fn: TensorFunction,
  signature: Signature,
  { shareStateOf }: CompileOptions = {},
): Program {
  const specs = signature.state ?? {};
  const shared = (shareStateOf && states.get(shareStateOf)) ?? { held: new Map(), users: new Set() };
  const { held, users } = shared;
  const replace = (name: string, next: tf.Tensor) => {
    held.get(name)?.dispose();
    held.set(name, next);
  };
  const program: Program = {
    load(tensors) {
      checkTensors(`${signature.name}.load`, tensors, specs, true);
      void tf.setBackend(backend);
      for (const [name, t] of Object.entries(tensors)) replace(name, toDevice(t));
    },
    async run(inputs, into = {}) {
      checkTensors(`${signature.name}.run`, inputs, signature.inputs);
      checkLoaded(`${signature.name}.run`, specs, (name) => held.has(name));
      // Nothing here ever waits for anything: without this, Ctrl-C would be heard when the training is over.
      await setImmediate();
      void tf.setBackend(backend);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, toDevice(t)]));
      const results = withMemory(signature.name, backend, () =>
        tf.tidy(() => {
          const computed = Object.entries(fn({ ...Object.fromEntries(held), ...feeds }));
          return Object.fromEntries(computed.map(([name, t]) => [name, t.clone()]));
        }),
      );
      const outputs: Record<string, Tensor> = {};
      for (const [name, t] of Object.entries(results)) {
        if (name in specs) replace(name, t);
        else {
          outputs[name] = await toHost(t, into[name]);
          t.dispose();
        }
      }
      for (const t of Object.values(feeds)) t.dispose();
      return outputs;
    },
    async state(names = Object.keys(specs)) {
      const copies: Record<string, Tensor> = {};
      for (const name of names) copies[name] = await toHost(held.get(name) as tf.Tensor);
      return copies as TensorMap;
    },
    dispose() {
      users.delete(program);
      if (users.size > 0) return;
      for (const t of held.values()) t.dispose();
      held.clear();
    },
  };
  states.set(program, shared);
  users.add(program);
  return program;
}

export function eagerEngine(name: EngineName, backend: string, description: string, threads: number): Engine {
  return {
    name,
    description,
    threads,
    compile: async (fn, signature, options) => eagerProgram(backend, fn, signature, options),
  };
}

/** The oracle: tfjs's own `cpu` backend, plain JavaScript, one thread. */
export async function referenceEngine(): Promise<Engine> {
  // Else it advises, in five lines, to install tfjs-node the first time it is used.
  Object.assign(tf.findBackend("cpu") ?? {}, { firstUse: false });
  return eagerEngine("reference", "cpu", `tfjs-cpu ${tf.version_core}`, 1);
}
