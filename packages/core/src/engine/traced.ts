/**
 * @file What an engine that traces offers to the layers: kernels of its own, and work done block by block.
 *
 * A layer asks whether it is being recorded, and names a kernel; it does not know by whom. The engine that records says
 * so for as long as it does. Each fused layer has two forms: the naive one, in plain tfjs ops with tfjs's own gradients,
 * which eager engines run and every test compares with; and one kernel with a short gradient. Another engine that traces
 * gives a `Tracer` and rules for these kernels, and nothing in `nn` changes.
 */

import type * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";

/** The kernels beside tfjs's own that a layer may ask for, each with its gradient given by the layer. */
export type FusedKernel =
  | "FusedGelu"
  | "FusedLayerNorm"
  | "FusedLinear"
  | "FusedLogSoftmax"
  | "FusedPick"
  | "FusedRotary";

export interface Tracer {
  fused(kernel: FusedKernel, inputs: TensorsByName, attrs: object): tf.Tensor[];
  /**
   * `fn` for each block along the first axis of `cut`, given `whole` each time; its results, stacked. Left out where
   * blocks gain nothing, as on a graphics card.
   *
   * Shapes   cut: [blocks, …] each → [blocks, …] each
   */
  readonly blocks?:
    | ((fn: (named: TensorsByName) => TensorsByName, cut: TensorsByName, whole: TensorsByName) => TensorsByName)
    | undefined;
}

let recording: Tracer | undefined;

/** Runs `record` with the layers in the form that `tracer` takes. */
export function tracedBy<T>(tracer: Tracer, record: () => T): T {
  const around = recording;
  recording = tracer;
  try {
    return record();
  } finally {
    recording = around;
  }
}

/** True while a function is being recorded: layers choose their form of one kernel then. */
export const isTracing = (): boolean => recording !== undefined;

/** Runs one of the tracer's kernels; only while a function is being recorded. */
export function runFused(kernel: FusedKernel, inputs: TensorsByName, attrs: object = {}): tf.Tensor[] {
  if (!recording) throw new Error(`the kernel ${kernel} is there only while a function is recorded`);
  return recording.fused(kernel, inputs, attrs);
}

/** The tracer's way to work block by block, if it has one. */
export const blocks = (): Tracer["blocks"] => recording?.blocks;
