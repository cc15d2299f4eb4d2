/**
 * @file Kernels of tfjs-node that do less than tfjs promises, mended: the other engines' programs run on this one too.
 *
 * tfjs compares bools by order; TensorFlow has no such kernel. tfjs counts a negative axis of a gather from the end;
 * tfjs-node looks up the size of axis −1 and finds none. Read at @tensorflow/tfjs-node-gpu 4.22.0, dist/kernels.
 */
import * as tf from "@tensorflow/tfjs-core";

const backendName = "tensorflow";
const ordered = ["Greater", "GreaterEqual", "Less", "LessEqual"] as const;

type Call = Parameters<tf.KernelFunc>[0];
type Wrapped = (kernel: tf.KernelFunc, call: Call) => ReturnType<tf.KernelFunc>;

/** A kernel's name belongs to one function: the old one is taken out and called by the new one. */
function wrap(kernelName: string, wrapped: Wrapped): void {
  const { kernelFunc, ...rest } = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...rest, kernelFunc: (call) => wrapped(kernelFunc, call) });
}

const asNumbers: Wrapped = (kernel, call) => {
  const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
  if (a.dtype !== "bool" || b.dtype !== "bool") return kernel(call);
  return tf.tidy(() => kernel({ ...call, inputs: { a: tf.cast(a, "int32"), b: tf.cast(b, "int32") } }) as tf.Tensor);
};

const fromTheFront: Wrapped = (kernel, call) => {
  const { axis, ...others } = (call.attrs ?? {}) as { axis: number };
  const { length } = (call.inputs.x as tf.TensorInfo).shape;
  return kernel({ ...call, attrs: { ...others, axis: axis < 0 ? axis + length : axis } });
};

let isMended = false;

/** Once a process: the backend is registered once. */
export function mendKernels(): void {
  if (isMended) return;
  for (const name of ordered) wrap(name, asNumbers);
  wrap("GatherV2", fromTheFront);
  isMended = true;
}
