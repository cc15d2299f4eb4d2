/**
 * @file Choosing an engine by name, with one clear sentence for each that cannot be used.
 *
 * `auto` takes `tensorflow` when a GPU is there and its addon loads, computes and sees it, else `onnx`, else `reference`.
 */
import { existsSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { UserError, userError } from "../base/errors.js";
import { availableThreads, threadsAtMost } from "../base/processors.js";
import { float32 } from "../base/tensor.js";
import { type Engine, type EngineName, engineNames, type TensorFunction } from "./contract.js";
import type { HalfType } from "./onnx/products.js";
import { type EngineReport, reportFromProcess } from "./process.js";

export const engineChoices = ["auto", ...engineNames] as const;
export type EngineChoice = (typeof engineChoices)[number];
export const devices = ["cpu", "webgpu", "cuda"] as const;
export type Device = (typeof devices)[number];

export interface EngineOptions {
  /** All that there are, unless given. */
  readonly threads?: number | undefined;
  readonly device?: Device;
  /** The file from whose place optional addons are looked up; this one unless given. */
  readonly addonsFrom?: string;
  /** A folder that the onnx engine writes operators' times to; only `onnx` can be asked for that. */
  readonly profileTo?: string | undefined;
  /** Products of matrices in half precision; only `onnx` has them. */
  readonly products?: HalfType | undefined;
}

type Given = "profileTo" | "products";
type Settings = Required<Omit<EngineOptions, Given>> & Pick<EngineOptions, Given>;

async function tensorflowEngine({ threads, addonsFrom }: Settings): Promise<Engine & { gpu: boolean }> {
  const { loadTensorflow } = await import("./tensorflow/addon.js");
  const { name, gpu, version } = await loadTensorflow(addonsFrom, threads);
  const { eagerEngine } = await import("./eager.js");
  const description = `${name} (TensorFlow ${version}, ${gpu ? "gpu" : `cpu, ${threads} threads`})`;
  const engine = { ...eagerEngine("tensorflow", "tensorflow", description, threads), gpu };
  await tryOut(engine);
  return engine;
}

/** Loaded when one is opened: tfjs and ONNX take longer to load than a plan of a sweep to be made. */
const openers: Record<EngineName, (options: Settings) => Promise<Engine>> = {
  onnx: async (options) => (await import("./onnx/session.js")).onnxEngine(options),
  tensorflow: tensorflowEngine,
  reference: async () => (await import("./eager.js")).referenceEngine(),
};

function withDefaults(options: EngineOptions): Settings {
  const { threads: asked, device = "cpu", addonsFrom = import.meta.url, profileTo, products } = options;
  const threads = asked === undefined ? availableThreads() : threadsAtMost(asked, "threads");
  return { threads, device, addonsFrom, profileTo, products };
}

const remedies: Record<EngineName, string> = {
  onnx: "Run `npm ci` again, or use --engine=reference",
  tensorflow: "Run `npx nx run core:tensorflow-setup`, or use --engine=onnx",
  reference: "Run `npm ci` again",
};

/** Devices that each engine can be sent to with --device; tensorflow takes a graphics card by itself. */
const devicesOf: Record<EngineName, readonly Device[]> = { onnx: devices, tensorflow: ["cpu"], reference: ["cpu"] };

/**
 * Opens an engine by name, or the best one; on a device other than the processor that is always `onnx`.
 *
 * Throws   UserError when the engine asked for by name cannot be used, or its device is not there
 */
export async function openEngine(choice: EngineChoice = "auto", options: EngineOptions = {}): Promise<Engine> {
  const settings = withDefaults(options);
  const { device, products } = settings;
  if (choice === "auto" && device === "cpu" && !products) return openBest(settings);
  const name = choice === "auto" ? "onnx" : choice;
  refuseProducts(name, settings);
  if (!devicesOf[name].includes(device)) {
    const remedy = `Use --engine=onnx, or leave --device out.`;
    throw userError("engine", `${name} must be one of the engines with devices`, `--device=${device}`, remedy);
  }
  const engine = await openNamed(name, settings);
  if (device !== "cpu") await tryOut(engine);
  return engine;
}

/** Throws   UserError where the engine or the device has no products of that kind */
function refuseProducts(name: EngineName, { device, products }: Settings): void {
  if (!products) return;
  if (name !== "onnx") {
    const remedy = "Use --engine=onnx, or leave --products out.";
    throw userError("engine", `${name} must be one of the engines with products in half precision`, products, remedy);
  }
  if (device !== "webgpu" || products !== "bfloat16") return;
  throw userError("engine", "webgpu must have the type of --products", products, "Use --products=float16.");
}

/** Runs next to nothing: a device that is not there, or an addon that loads and cannot compute, is told before any work. */
async function tryOut(engine: Engine): Promise<void> {
  const x = { shape: [1], dtype: "float32" } as const;
  const double: TensorFunction = ({ x: value }) => ({ y: tf.add(value as tf.Tensor, value as tf.Tensor) });
  const program = await engine.compile(double, { name: "device", inputs: { x } });
  try {
    const { y } = await program.run({ x: float32([1], [21]) });
    if (y?.data[0] !== 42) throw new Error(`${engine.name} says that 21 + 21 is ${y?.data[0]}`);
  } finally {
    program.dispose();
  }
}

async function openNamed(choice: EngineName, settings: Settings): Promise<Engine> {
  try {
    return await openers[choice](settings);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const got = `${choice}: ${(cause as Error).message}`;
    throw userError("engine", "the engine asked for must load", got, `${remedies[choice]}.`, cause);
  }
}

/** Whether TensorFlow could see a card at all: loading its library takes seconds, and it talks of oneDNN as it does. */
const mayHaveCard = (): boolean =>
  process.platform !== "linux" || ["/dev/nvidiactl", "/dev/dxg"].some((device) => existsSync(device));

async function openBest(settings: Settings): Promise<Engine> {
  const tensorflow = mayHaveCard() ? await tensorflowEngine(settings).catch(() => undefined) : undefined;
  if (tensorflow?.gpu) return tensorflow;
  return openers.onnx(settings).catch((cause) => {
    if (cause instanceof UserError) throw cause;
    return openers.reference(settings);
  });
}

/** How one engine of this machine is found, in this process. */
export async function engineReport(name: EngineName, options: EngineOptions = {}): Promise<EngineReport> {
  try {
    const engine = await openers[name](withDefaults(options));
    await tryOut(engine);
    return { name, usable: true, detail: engine.description };
  } catch (cause) {
    return { name, usable: false, detail: (cause as Error).message };
  }
}

/** One row an engine, for `doctor`. TensorFlow, which talks on stderr as it loads, is tried in a process of its own. */
export async function engineReports(options: EngineOptions = {}): Promise<EngineReport[]> {
  const report = (name: EngineName) =>
    name === "tensorflow" ? reportFromProcess(name, options) : engineReport(name, options);
  return Promise.all(engineNames.map(report));
}
