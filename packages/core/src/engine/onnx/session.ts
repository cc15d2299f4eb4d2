/**
 * @file The `onnx` engine: a traced function run by onnxruntime-node.
 *
 * State lies in arrays of the host (`hostProgram.ts`), except where the binding has tensors of the device: with WebGPU it stays
 * there between runs (`deviceProgram.ts`).
 */
import "../tfjs.js";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { userError } from "../../base/errors.js";
import { sizeOf } from "../../base/tensor.js";
import type { CompileOptions, Engine, Program, Signature, TensorFunction } from "../contract.js";
import { Carrier } from "./carrier.js";
import { DeviceProgram } from "./deviceProgram.js";
import { HostProgram } from "./hostProgram.js";
import type { HalfType } from "./products.js";
import { type Carried, inputName, outputName } from "./program.js";
import { onnxModel } from "./protobuf.js";
import { loadRuntime, type Ort } from "./runtime.js";
import { avoidsCopies, noTensor } from "./runWithoutCopies.js";
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
  /** State goes to the device and back with each run, also where it could stay. */
  readonly stateOnHost?: boolean;
  /** Counts what is carried between host and device. */
  readonly carried?: Carried;
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
async function openSession(
  ort: Ort,
  model: Uint8Array,
  options: OnnxOptions,
  signature: Signature,
  locations: Pick<InferenceSession.SessionOptions, "preferredOutputLocation"> = {},
) {
  const { threads, device = "cpu" } = options;
  try {
    return await ort.InferenceSession.create(model, {
      ...locations,
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

/** What may stay on a device between runs: WebGPU's are the only tensors on a device that the binding has. */
const keepsState = ({ device, stateOnHost = false }: OnnxOptions): boolean => device === "webgpu" && !stateOnHost;

/** New state stays on the device, all else comes to the host. */
const locationsOf = (names: Iterable<string>, { state = {} }: Signature) => ({
  preferredOutputLocation: Object.fromEntries(
    [...names].map((name) => [outputName(name), name in state ? "gpu-buffer" : "cpu"] as const),
  ),
});

function carrierOf(ort: Ort, options: OnnxOptions): Carrier {
  const signature = { name: "copy", inputs: {} };
  return new Carrier(ort, (model, preferredOutputLocation) =>
    openSession(ort, model, { ...options, profileTo: undefined }, signature, { preferredOutputLocation }),
  );
}

export async function onnxEngine(options: OnnxOptions): Promise<Engine> {
  const ort = await loadRuntime();
  const version = ort.env.versions.node ?? "";
  const { device = "cpu", threads, products, carried } = options;
  const isProcessor = device === "cpu";
  const carrier = keepsState(options) ? carrierOf(ort, options) : undefined;
  const { copies = carrier !== undefined || !avoidsCopies(version) } = options;

  async function compile(fn: TensorFunction, signature: Signature, compileOptions?: CompileOptions): Promise<Program> {
    const recorded = trace(fn, signature, isProcessor);
    const inputs = new Map([...recorded.inputs].map(([name, value]) => [inputName(name), value]));
    const outputs = new Map([...recorded.outputs].map(([name, value]) => [outputName(name), computed(value)]));
    const inHalf = products && { type: products, isNative: !isProcessor };
    const model = onnxModel(inputs, outputs, copies ? undefined : noTensor, inHalf);
    const locations = carrier && locationsOf(recorded.outputs.keys(), signature);
    const session = await openSession(ort, model, options, signature, locations);
    const isProfiled = Boolean(options.profileTo);
    const compiled = { ort, session, signature, outputs: recorded.outputs, device, isProfiled, carried };
    return carrier ? new DeviceProgram(compiled, carrier, compileOptions) : new HostProgram(compiled, compileOptions);
  }

  return {
    name: "onnx",
    description: `onnxruntime-node ${version} (${device}, ${threads} threads${products ? `, products in ${products}` : ""})`,
    threads,
    compile,
  };
}
