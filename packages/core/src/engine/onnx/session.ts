/**
 * @file The `onnx` engine: a traced function run by onnxruntime-node.
 *
 * State lives in two sets of host buffers: a run reads one set and writes the other, and only a run that succeeded
 * swaps them. So state is never copied through JavaScript, and a failed run leaves it as it was. A program compiled
 * `inPlace` has one set. Buffers are made when they are first needed.
 */
import "../tfjs.js";
import { join } from "node:path";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { userError } from "../../base/errors.js";
import { type Spec, sizeOf, type Tensor, type TensorData, type TensorMap, tensor } from "../../base/tensor.js";
import {
  type CompileOptions,
  checkLoaded,
  checkTensors,
  type Engine,
  type LoadOptions,
  type Program,
  type ResultMemory,
  type Signature,
  type TensorFunction,
} from "../contract.js";
import { explainMemory } from "../memory.js";
import type { Value } from "./graph.js";
import type { HalfType } from "./products.js";
import { onnxModel } from "./protobuf.js";
import { loadRuntime, type Ort } from "./runtime.js";
import { avoidsCopies, noTensor, runInto } from "./runWithoutCopies.js";
import { computed, trace } from "./trace.js";

export interface OnnxOptions {
  readonly threads: number;
  readonly device?: "cpu" | "webgpu" | "cuda";
  /** Results are copied by onnxruntime-node, as it does in versions that `runWithoutCopies.ts` was not tried with. */
  readonly copies?: boolean;
  /** What products of matrices are rounded to; float32 unless given. */
  readonly products?: HalfType | undefined;
  /** A folder for one file of operators' times a program, written when the program is disposed of. */
  readonly profileTo?: string | undefined;
}

const inputName = (name: string) => `in:${name}`;
const outputName = (name: string) => `out:${name}`;

function ortTensor(ort: Ort, { dtype, data, shape }: Tensor): OrtTensor {
  return new ort.Tensor(dtype, data as Float32Array, [...shape]) as OrtTensor;
}

class OnnxProgram implements Program {
  readonly #current: Map<string, OrtTensor>;
  readonly #spare: Map<string, OrtTensor>;
  readonly #inPlace: boolean;
  isProfiled = false;

  constructor(
    readonly ort: Ort,
    readonly session: InferenceSession,
    readonly signature: Signature,
    readonly outputs: ReadonlyMap<string, Value>,
    readonly device: string,
    { shareStateOf, inPlace = false }: CompileOptions = {},
  ) {
    const shared = shareStateOf as OnnxProgram | undefined;
    this.#current = shared ? shared.#current : new Map();
    this.#spare = shared ? shared.#spare : new Map();
    this.#inPlace = inPlace;
  }

  load(tensors: TensorMap, { adopt = false }: LoadOptions = {}): void {
    checkTensors(`${this.signature.name}.load`, tensors, this.signature.state ?? {}, true);
    for (const [name, value] of Object.entries(tensors)) {
      const held = this.#current.get(name);
      if (held && !adopt) (held.data as Float32Array).set(value.data as Float32Array);
      else this.#current.set(name, ortTensor(this.ort, adopt ? value : { ...value, data: value.data.slice() }));
    }
  }

  async run(inputs: TensorMap, into: ResultMemory = {}): Promise<TensorMap> {
    const { name, inputs: specs, state = {} } = this.signature;
    checkTensors(`${name}.run`, inputs, specs);
    checkLoaded(`${name}.run`, state, (key) => this.#current.has(key));
    const used = new Set(this.session.inputNames);
    const feeds: Record<string, OrtTensor> = {};
    for (const [key, value] of Object.entries(inputs)) {
      if (used.has(inputName(key))) feeds[inputName(key)] = ortTensor(this.ort, value);
    }
    for (const [key, value] of this.#current) if (used.has(inputName(key))) feeds[inputName(key)] = value;
    const targets: Record<string, OrtTensor> = {};
    const returned: Record<string, Tensor> = {};
    for (const [key, value] of this.outputs) {
      const target = this.#target(key, value, into[key]);
      targets[outputName(key)] = target;
      if (!(key in state)) returned[key] = { ...hostTensor(target), shape: value.shape };
    }
    const withoutCopies = this.session.outputNames.includes(noTensor);
    await runInto(this.session, feeds, targets, withoutCopies).catch((error) => {
      throw explainMemory(name, this.device, error);
    });
    for (const key of this.outputs.keys()) if (key in state) this.#swap(key);
    return returned;
  }

  /** Where an output is written, seen in the shape that its node computes: over state, or into `memory` or new one. */
  #target(key: string, output: Value, memory?: TensorData): OrtTensor {
    const { shape, dtype } = computed(output);
    const spec = this.signature.state?.[key];
    if (!spec) return ortTensor(this.ort, tensor(dtype as Spec["dtype"], shape, memory));
    const buffer = this.#inPlace ? this.#current.get(key) : (this.#spare.get(key) ?? this.#newSpare(key, spec));
    return ortTensor(this.ort, { ...hostTensor(buffer as OrtTensor), shape });
  }

  #newSpare(key: string, { dtype, shape }: Spec): OrtTensor {
    const spare = ortTensor(this.ort, tensor(dtype, shape));
    this.#spare.set(key, spare);
    return spare;
  }

  #swap(key: string): void {
    if (this.#inPlace) return;
    const written = this.#spare.get(key) as OrtTensor;
    this.#spare.set(key, this.#current.get(key) as OrtTensor);
    this.#current.set(key, written);
  }

  async state(names: readonly string[] = [...this.#current.keys()]): Promise<TensorMap> {
    const copies: Record<string, Tensor> = {};
    for (const name of names) {
      const { shape, dtype, data } = hostTensor(this.#current.get(name) as OrtTensor);
      copies[name] = { shape, dtype, data: data.slice() };
    }
    return copies;
  }

  dispose(): void {
    if (this.isProfiled) this.session.endProfiling();
    this.isProfiled = false;
    void this.session.release();
  }
}

function hostTensor({ dims, type, data }: OrtTensor): Tensor {
  return { shape: [...dims], dtype: type as Spec["dtype"], data: data as TensorData };
}

/**
 * From this much state on, working memory is given back after each run. Programs are compiled one a capacity, and the
 * arena of each would stay as large as its largest run; the price is fresh pages, small beside products of that size.
 */
const largeStateBytes = 2 ** 30;

const stateBytes = ({ state = {} }: Signature): number =>
  Object.values(state).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

let profiled = 0;

/** Two programs may have one name; `encodeURIComponent` makes any of them part of a file's. */
function profiling({ profileTo }: OnnxOptions, { name }: Signature) {
  if (!profileTo) return {};
  return { enableProfiling: true, profileFilePrefix: join(profileTo, `${profiled++}~${encodeURIComponent(name)}~`) };
}

/** Throws   UserError where the model cannot run because its device is not there */
async function openSession(ort: Ort, model: Uint8Array, options: OnnxOptions, signature: Signature) {
  const { threads, device = "cpu" } = options;
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      // Each session has threads of its own, which go on spinning after a run and take the next one's processors.
      extra: { session: { force_spinning_stop: "1" } },
      enableCpuMemArena: stateBytes(signature) < largeStateBytes,
      // A plan of all intermediates is one more block beside the arena: a third of the memory, for 3 % of the time at most.
      enableMemPattern: false,
      ...profiling(options, signature),
    });
  } catch (cause) {
    if (device === "cpu") throw cause;
    const [said = ""] = String((cause as Error).message).split("\n", 1);
    // ONNX Runtime's own assertions begin with a place in its source.
    const got = `${device}: ${said.replace(/^.* was false\. /, "").replace(/\.+$/, "")}`;
    throw userError("onnx", "the device must be one that this machine has", got, "Use --device=cpu.", cause);
  }
}

async function compile(
  ort: Ort,
  options: OnnxOptions,
  fn: TensorFunction,
  signature: Signature,
  compileOptions?: CompileOptions,
): Promise<Program> {
  const isProcessor = (options.device ?? "cpu") === "cpu";
  const recorded = trace(fn, signature, isProcessor);
  const inputs = new Map([...recorded.inputs].map(([name, value]) => [inputName(name), value]));
  const outputs = new Map([...recorded.outputs].map(([name, value]) => [outputName(name), computed(value)]));
  const { copies = !avoidsCopies(ort.env.versions.node) } = options;
  const products = options.products && { type: options.products, isNative: !isProcessor };
  const model = onnxModel(inputs, outputs, copies ? undefined : noTensor, products);
  const session = await openSession(ort, model, options, signature);
  const program = new OnnxProgram(ort, session, signature, recorded.outputs, options.device ?? "cpu", compileOptions);
  program.isProfiled = Boolean(options.profileTo);
  return program;
}

export async function onnxEngine(options: OnnxOptions): Promise<Engine> {
  const ort = await loadRuntime();
  const version = ort.env.versions.node ?? "";
  const { device = "cpu", threads, products } = options;
  return {
    name: "onnx",
    description: `onnxruntime-node ${version} (${device}, ${threads} threads${products ? `, products in ${products}` : ""})`,
    threads: options.threads,
    compile: (fn, signature, compileOptions) => compile(ort, options, fn, signature, compileOptions),
  };
}
