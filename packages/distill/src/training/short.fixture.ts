/**
 * @file A training that is over at once, and what one of its batches holds, for a loss that is computed by hand.
 */
import type { TensorMap } from "@sdtt/core/base";
import { adamwDefaults } from "@sdtt/core/optim";
import { firstBatch } from "@sdtt/core/text";
import * as tf from "@tensorflow/tfjs-core";
import type { LiveStudent } from "./liveStudent.js";
import type { Task } from "./task.js";
import type { TrainOptions } from "./train.js";

export const shortTraining = (updates: number, peak = 0.01): TrainOptions => ({
  updates,
  schedule: { name: "cosine", peak, warmup: 2, updates },
  adamw: { ...adamwDefaults, emaDecay: 0.9 },
  checkpointEvery: 3,
});

/** Copies of what the first part of update n is given, the network being `student`. */
export async function inputsOf(task: Pick<Task, "batch">, n = 1, student?: LiveStudent): Promise<TensorMap> {
  const part = await (await task.batch(n, firstBatch)).parts[0]?.(student);
  const entries = Object.entries(part?.inputs ?? {});
  return Object.fromEntries(entries.map(([name, t]) => [name, { ...t, data: t.data.slice() }]));
}

/** The same tensors on the engine that was opened last. */
export const asTensors = (tensors: TensorMap): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], dtype as "float32"),
    ]),
  );
