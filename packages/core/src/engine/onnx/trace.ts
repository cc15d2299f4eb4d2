/**
 * @file Runs a tensor function once through a tfjs backend that writes down kernels instead of computing them.
 *
 * tfjs's autodiff works unchanged, because gradients are kernels too. The backend knows shapes and dtypes only; a
 * function that asks for values while it is recorded (`dataSync`, data-dependent `if`) is refused.
 */
import * as tf from "@tensorflow/tfjs-core";
import { userError } from "../../base/errors.js";
import { type Spec, type Specs, type TensorData, type TensorsByName, tensor } from "../../base/tensor.js";
import type { Signature, TensorFunction } from "../contract.js";
import { type Tracer, tracedBy } from "../traced.js";
import { type Body, Graph, type GraphDType, type Value } from "./graph.js";
import type { Inputs } from "./kernels/rule.js";
import { kernelRules } from "./kernels/table.js";

const backendName = "sdtt-trace";

class TraceBackend extends tf.KernelBackend {
  graph = new Graph();
  #values = new WeakMap<object, Value>();

  lookup(dataId: object): Value {
    const value = this.#values.get(dataId);
    if (!value) throw new Error("a tensor made outside the traced function was used inside; pass it as an input");
    return value;
  }

  bind(value: Value): object {
    const dataId = {};
    this.#values.set(dataId, value);
    return dataId;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const data = tensor(dtype as Spec["dtype"], shape, values as unknown as ArrayLike<number>).data;
    return this.bind(this.graph.constant(data, shape, dtype as GraphDType));
  }

  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    const data = tensor(dtype as Spec["dtype"], shape, values as unknown as ArrayLike<number>).data;
    this.#values.set(dataId, this.graph.constant(data, shape, dtype as GraphDType));
  }

  override readSync(dataId: object): TensorData {
    const value = this.lookup(dataId);
    if (value.fill !== undefined) return tensor(value.dtype as Spec["dtype"], value.shape).data.fill(value.fill);
    if (!value.constant) throw new Error("a value was read while the function is traced; only shapes are known then");
    return value.constant as TensorData;
  }

  override async read(dataId: object): Promise<TensorData> {
    return this.readSync(dataId);
  }

  override numDataIds = () => 0;
  override disposeData = () => true;
  override incRef = () => {};
  decRef = () => {};
  override refCount = () => 1;
  override memory = () => ({ unreliable: true, reasons: [] }) as unknown as { unreliable: boolean };
  override floatPrecision = () => 32 as const;
  override epsilon = () => 1e-7;
  override timerAvailable = () => false;
  override dispose = () => {};
}

let backend: TraceBackend | undefined;

function registered(): TraceBackend {
  if (backend) return backend;
  const created = new TraceBackend();
  tf.registerBackend(backendName, () => created, 0);
  for (const [kernelName, rule] of Object.entries(kernelRules)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const values: Inputs = {};
        for (const [name, info] of Object.entries(inputs)) {
          if (info) values[name] = created.lookup((info as tf.TensorInfo).dataId);
        }
        const outputs = (rule as (typeof kernelRules)["Reshape"])(
          created.graph,
          values,
          attrs as Record<string, unknown>,
        );
        const info = (value: Value) => ({
          dataId: created.bind(value),
          shape: [...value.shape],
          dtype: value.dtype as tf.DataType,
        });
        return Array.isArray(outputs) ? outputs.map(info) : info(outputs);
      },
    });
  }
  backend = created;
  return created;
}

const recordedAs = (recorder: TraceBackend, t: tf.Tensor): Value => recorder.lookup(t.dataId);

function placeholder(recorder: TraceBackend, shape: readonly number[], dtype: GraphDType): [Value, tf.Tensor] {
  const value = recorder.graph.input(shape, dtype);
  const held = tf.engine().makeTensorFromDataId(recorder.bind(value), [...shape], dtype as tf.DataType);
  return [value, held];
}

/**
 * Records `fn` as a graph inside the one that is being recorded.
 *
 * @param specs what it is given with each run
 * @param around tensors of the graph around it that it reads
 */
function recordBody(fn: TensorFunction, specs: Specs, around: TensorsByName): Body {
  const recorder = registered();
  const outer = recorder.graph;
  const whole = Object.entries(around).map(([name, t]) => [name, recordedAs(recorder, t)] as const);
  recorder.graph = new Graph(outer);
  try {
    const inputs = Object.entries(specs).map(([name, { shape, dtype }]) => {
      const [value, given] = placeholder(recorder, shape, dtype);
      return { name, value, given };
    });
    const captured = whole.map(([name, outerValue]) => {
      const [value, given] = placeholder(recorder, outerValue.shape, outerValue.dtype);
      return { name, value, given, outerValue };
    });
    const results = fn(Object.fromEntries([...inputs, ...captured].map(({ name, given }) => [name, given])));
    return {
      inputs: inputs.map(({ value }) => value),
      outputs: Object.values(results).map((t) => recordedAs(recorder, t)),
      captured: new Map(captured.map(({ value, outerValue }) => [value, outerValue])),
    };
  } finally {
    recorder.graph = outer;
  }
}

const runKernel = (kernel: string, inputs: TensorsByName, attrs: object): tf.Tensor[] =>
  [tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[]].flat();

/** `fn` becomes the body of one FusedBlocks. */
function recordBlocks(
  fn: (named: TensorsByName) => TensorsByName,
  cut: TensorsByName,
  whole: TensorsByName,
): TensorsByName {
  const specs = Object.fromEntries(
    Object.entries(cut).map(([name, { shape, dtype }]) => [
      name,
      { shape: shape.slice(1), dtype: dtype as Spec["dtype"] },
    ]),
  );
  let names: string[] = [];
  const body = recordBody(
    (named) => {
      const results = fn(named);
      names = Object.keys(results);
      return results;
    },
    specs,
    whole,
  );
  const results = runKernel("FusedBlocks", cut, { body });
  return Object.fromEntries(results.map((t, i) => [names[i] as string, t] as const));
}

const withBlocks: Tracer = { fused: runKernel, blocks: recordBlocks };
const withoutBlocks: Tracer = { fused: runKernel };

/** A result is written by the node that computes its values: a change of shape at the end would be a copy. */
export function computed(value: Value): Value {
  return value.node?.op === "Reshape" ? computed(value.node.inputs[0] as Value) : value;
}

export interface Trace {
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
}

/** Records `fn` for the shapes of `signature`. */
export function trace(fn: TensorFunction, signature: Signature, blocks = true): Trace {
  const recorder = registered();
  const previous = tf.engine().backendName;
  recorder.graph = new Graph();
  void tf.setBackend(backendName);
  try {
    const inputs = new Map<string, Value>();
    return tf.tidy(() => {
      const feeds: Record<string, tf.Tensor> = {};
      for (const [name, { shape, dtype }] of Object.entries({ ...signature.state, ...signature.inputs })) {
        const [value, given] = placeholder(recorder, shape, dtype);
        inputs.set(name, value);
        feeds[name] = given;
      }
      const results = tracedBy(blocks ? withBlocks : withoutBlocks, () => fn(feeds));
      const outputs = new Map(Object.entries(results).map(([name, t]) => [name, recordedAs(recorder, t)]));
      return { inputs, outputs } as unknown as tf.TensorContainer;
    }) as unknown as Trace;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const missing = /Kernel '(\w+)' not registered/.exec(message)?.[1];
    if (!missing) throw cause;
    const got = `kernel "${missing}" in program "${signature.name}"`;
    throw userError("onnx", "every kernel must have a rule in engine/onnx/kernels.ts", got, "Add one.", cause);
  } finally {
    recorder.graph = new Graph();
    if (previous) void tf.setBackend(previous);
  }
}
