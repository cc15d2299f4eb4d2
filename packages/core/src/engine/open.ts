/**
 * @file Choosing an engine by name, with one clear sentence for each that cannot be used.
 *
 * `auto` takes `tensorflow` when its addon loads and sees a GPU, else `onnx`, else `reference`.
 */
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { UserError, userError } from "../base/errors.js";
import { type Engine, type EngineName, engineNames } from "./contract.js";

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
}

type Settings = Required<Omit<EngineOptions, "profileTo">> & Pick<EngineOptions, "profileTo">;

const tensorflowPackages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];

const firstLine = (thrown: unknown): string =>
  String(thrown instanceof Error ? thrown.message : thrown).split("\n", 1)[0] as string;

/** Which tensorflow package is installed and loads; the reason for each that does not. */
async function loadTensorflow(addonsFrom: string): Promise<{ name: string; gpu: boolean }> {
  const reasons: string[] = [];
  const require = createRequire(addonsFrom);
  for (const name of tensorflowPackages) {
    try {
      await import(pathToFileURL(require.resolve(name)).href);
      const backend = tf.findBackend("tensorflow") as { isUsingGpuDevice?: boolean } | null;
      if (!backend) throw new Error("it registers no backend");
      return { name, gpu: Boolean(backend.isUsingGpuDevice) };
    } catch (cause) {
      const reason = firstLine(cause);
      const absent = reason.startsWith(`Cannot find module '${name}'`);
      reasons.push(`${name} is ${absent ? "not installed" : `installed but does not load (${reason})`}`);
    }
  }
  throw new Error(reasons.join("; "));
}

async function tensorflowEngine({ threads, addonsFrom }: Settings): Promise<Engine & { gpu: boolean }> {
  const { name, gpu } = await loadTensorflow(addonsFrom);
  const { eagerEngine } = await import("./eager.js");
  return { ...eagerEngine("tensorflow", "tensorflow", `${name} (${gpu ? "gpu" : "cpu"})`, threads), gpu };
}

/** Loaded when one is opened: tfjs and ONNX take longer to load than a plan of a sweep to be made. */
const openers: Record<EngineName, (options: Settings) => Promise<Engine>> = {
  onnx: async (options) => (await import("./onnx/session.js")).onnxEngine(options),
  tensorflow: tensorflowEngine,
  reference: async () => (await import("./eager.js")).referenceEngine(),
};

function withDefaults(options: EngineOptions): Settings {
  const { threads = availableParallelism(), device = "cpu", addonsFrom = import.meta.url, profileTo } = options;
  return { threads, device, addonsFrom, profileTo };
}

const remedies: Record<EngineName, string> = {
  onnx: "Run `npm ci` again, or use --engine=reference",
  tensorflow: "Install @tensorflow/tfjs-node-gpu where its library can be downloaded, or use --engine=onnx",
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
  const { device } = settings;
  if (choice === "auto" && device === "cpu") return openBest(settings);
  const name = choice === "auto" ? "onnx" : choice;
  if (!devicesOf[name].includes(device)) {
    const remedy = `Use --engine=onnx, or leave --device out.`;
    throw userError("engine", `${name} must be one of the engines with devices`, `--device=${device}`, remedy);
  }
  const engine = await openNamed(name, settings);
  if (device !== "cpu") await tryDevice(engine);
  return engine;
}

/** Compiles next to nothing: a device that is not there is told before any work is begun. */
async function tryDevice(engine: Engine): Promise<void> {
  const x = { shape: [1], dtype: "float32" } as const;
  const program = await engine.compile(({ x: value }) => ({ y: tf.neg(value as tf.Tensor) }), {
    ...{ name: "device", inputs: { x } },
  });
  program.dispose();
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

async function openBest(settings: Settings): Promise<Engine> {
  const tensorflow = await tensorflowEngine(settings).catch(() => undefined);
  if (tensorflow?.gpu) return tensorflow;
  return openers.onnx(settings).catch((cause) => {
    if (cause instanceof UserError) throw cause;
    return openers.reference(settings);
  });
}

export interface EngineReport {
  readonly name: EngineName;
  readonly usable: boolean;
  /** Description of a usable engine, or the reason why it is not. */
  readonly detail: string;
}

/** One row an engine, for `doctor`. */
export async function engineReports(options: EngineOptions = {}): Promise<EngineReport[]> {
  const settings = withDefaults(options);
  const report = async (name: EngineName): Promise<EngineReport> => {
    try {
      return { name, usable: true, detail: (await openers[name](settings)).description };
    } catch (cause) {
      return { name, usable: false, detail: (cause as Error).message };
    }
  };
  return Promise.all(engineNames.map(report));
}
