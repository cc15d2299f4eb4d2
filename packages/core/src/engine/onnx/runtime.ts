/**
 * @file The only place that loads onnxruntime-node: its reports are off by then.
 */
import { refuseReporting } from "../../base/silence.js";

export type Ort = typeof import("onnxruntime-node");

/** Throws whatever importing onnxruntime-node throws; `open.ts` turns that into one sentence. */
export async function loadRuntime(): Promise<Ort> {
  refuseReporting();
  const module = (await import("onnxruntime-node")) as Ort & { default?: Ort };
  return module.default ?? module;
}
