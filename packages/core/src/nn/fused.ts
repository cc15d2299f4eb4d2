/**
 * @file Running one of the engine's fused kernels from a tensor function.
 *
 * Each fused layer has two forms: the naive one, in plain tfjs ops with tfjs's own gradients, which `reference` and
 * `tensorflow` run and every test compares with; and the fused one, one ONNX operator with a short gradient.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { FusedKernel } from "../engine/onnx/kernels/table.js";

export { isTracing } from "../engine/onnx/trace.js";

export function runFused(kernel: FusedKernel, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor[] {
  const outputs = tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
  return [outputs].flat();
}
