/**
 * @file A loss of what the vocabulary head says at some positions, and its gradients with few logits at a time.
 *
 * At V = 50 258 the logits of 1024 positions are 206 MB, and backward needs several arrays of that size. The loss is a
 * sum over positions, so the head can do a chunk of them, forward and backward, before the next; the trunk then goes
 * backward once. Traced, the trunk's forward pass is recorded once (equal nodes are shared); an eager engine runs it
 * twice. Rejected: three programs (trunk, head, trunk backward), which compute the trunk twice on every engine.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type Specs, sizeOf, type Tensor, type TensorMap, type TensorsByName } from "../base/tensor.js";
import { type GradientsFunction, type LossAndGradients, type LossFunction, lossAndGradients } from "./update.js";

export interface HeadLoss {
  /** What the head reads, one row a position. Shapes   → [N, D] */
  hidden(params: TensorsByName, inputs: TensorsByName): tf.Tensor;
  /** Σ over the rows given, of which `inputs` hold one row each. */
  loss(params: TensorsByName, rows: tf.Tensor, inputs: TensorsByName): tf.Scalar;
  /** Inputs of `loss` with one row a position, and none that `hidden` reads. */
  readonly perRow: readonly string[];
}

/** Logits that are held at once: 64 MiB. */
const mostLogits = 2 ** 24;

/** Positions whose logits are held at once: all where they are few, else a power of two. */
export function headChunkFor(vocabSize: number, capacity: number): number {
  if (capacity * vocabSize <= mostLogits) return capacity;
  return Math.min(capacity, 2 ** Math.max(0, Math.floor(Math.log2(mostLogits / vocabSize))));
}

/** The whole loss in one piece. */
export const wholeLoss =
  ({ hidden, loss }: HeadLoss) =>
  (params: TensorsByName, inputs: TensorsByName): tf.Scalar =>
    loss(params, hidden(params, inputs), inputs);

const chunkName = (name: string, chunk: number) => `${name}/${chunk}`;

/** [start, rows] of each chunk; the last may be shorter. */
function chunksOf(capacity: number, chunk: number): [number, number][] {
  return Array.from({ length: Math.ceil(capacity / chunk) }, (_, i) => [
    i * chunk,
    Math.min(chunk, capacity - i * chunk),
  ]);
}

/** The specs of a program whose per-row inputs arrive in chunks, so that no tensor of it has all rows of them. */
export function chunkedSpecs(specs: Specs, perRow: readonly string[], capacity: number, chunk: number): Specs {
  return Object.fromEntries(
    Object.entries(specs).flatMap(([name, spec]) =>
      perRow.includes(name)
        ? chunksOf(capacity, chunk).map(([, rows], i) => [
            chunkName(name, i),
            { ...spec, shape: [rows, ...spec.shape.slice(1)] },
          ])
        : [[name, spec]],
    ),
  );
}

/** The same for values; chunks are views, nothing is copied. */
export function chunkedInputs(
  inputs: TensorMap,
  perRow: readonly string[],
  capacity: number,
  chunk: number,
): TensorMap {
  const cut = (value: Tensor, start: number, rows: number): Tensor => {
    const shape = [rows, ...value.shape.slice(1)];
    const size = sizeOf(value.shape.slice(1));
    return { ...value, shape, data: value.data.subarray(start * size, (start + rows) * size) };
  };
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) =>
      perRow.includes(name)
        ? chunksOf(capacity, chunk).map(([start, rows], i) => [chunkName(name, i), cut(value, start, rows)])
        : [[name, value]],
    ),
  );
}

/** `x`, which cannot be computed before `others` are: 0 · one value of each is added. */
function after(x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor {
  if (others.length === 0) return x;
  const first = (other: tf.Tensor) => tf.reshape(tf.slice(tf.reshape(other, [-1]), 0, 1), []);
  return tf.add(x, tf.mul(tf.addN(others.map(first)), 0));
}

const sumInto = (sums: Record<string, tf.Tensor>, name: string, value: tf.Tensor | null | undefined) => {
  if (value) sums[name] = sums[name] ? tf.add(sums[name], value) : value;
};

/** The per-row inputs of one chunk, by their own names. */
const inputsOfChunk = (inputs: TensorsByName, perRow: readonly string[], i: number): TensorsByName =>
  Object.fromEntries(perRow.map((name) => [name, inputs[chunkName(name, i)] as tf.Tensor]));

/** The loss with at most `chunk` rows of logits at a time, where no gradient is asked for. */
export function chunkedLoss(head: HeadLoss, capacity: number, chunk: number): LossFunction {
  return (params, inputs) => {
    const hidden = head.hidden(params, inputs);
    const width = hidden.shape[1] as number;
    let sum: tf.Scalar | undefined;
    chunksOf(capacity, chunk).forEach(([start, rows], i) => {
      const here = after(tf.slice(hidden, [start, 0], [rows, width]), sum ? [sum] : []);
      const loss = head.loss(params, here, inputsOfChunk(inputs, head.perRow, i));
      sum = sum ? tf.add(sum, loss) : loss;
    });
    return sum as tf.Scalar;
  };
}

/**
 * Loss and gradients with at most `chunk` rows of logits at a time.
 *
 * Holds    equal to the whole loss's, but for the order of sums
 */
export function chunkedGradients(head: HeadLoss, capacity: number, chunk: number): GradientsFunction {
  return (params, inputs): LossAndGradients => {
    const names = Object.keys(params);
    const weights = Object.values(params);
    const hidden = head.hidden(params, inputs);
    const width = hidden.shape[1] as number;
    const sums: Record<string, tf.Tensor> = {};
    const slopes: tf.Tensor[] = [];
    let loss: tf.Scalar | undefined;
    chunksOf(capacity, chunk).forEach(([start, rows], i) => {
      const own = inputsOfChunk(inputs, head.perRow, i);
      const done = [...slopes.slice(-1), ...Object.values(sums)];
      const here = after(tf.slice(hidden, [start, 0], [rows, width]), done);
      const { value, grads } = tf
        .engine()
        .gradients(() => head.loss(params, here, own), [here, ...weights], undefined, true);
      loss = loss ? tf.add(loss, value as tf.Scalar) : (value as tf.Scalar);
      slopes.push(grads[0] as tf.Tensor);
      names.forEach((name, k) => {
        sumInto(sums, name, grads[k + 1]);
      });
    });
    const slope = tf.concat(slopes, 0);
    const trunk = lossAndGradients(params, (p) => tf.sum(tf.mul(head.hidden(p, inputs), slope)));
    for (const name of names) sumInto(sums, name, trunk.gradients[name]);
    return { loss: loss as tf.Scalar, gradients: sums };
  };
}
