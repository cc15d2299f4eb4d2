/**
 * @file The only place that loads onnxruntime-node: its reports are off by then.
 */
import { refuseReporting } from "../../base/silence.js";

export type Ort = typeof import("onnxruntime-node");

/** Throws whatever importing onnxruntime-node throws; `open.ts` turns that into one sentence. */
export async function loadRuntime(): Promise<Ort> {
  refuseReporting();
  const module = (await import("onnxruntime-node")) as Ort & { default?: Ort };
  const runtime = module.default ?? module;
  // What it would write in red it also throws, and that is said in one line.
  runtime.env.logLevel = "fatal";
  return runtime;
}
