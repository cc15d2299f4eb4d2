/**
 * @file A mixture of products (Di4C): the student is told which of M parts a row has drawn, and the parts learn a row's tokens together.
 *
 * The loss of a row is −ln (1/M) Σ_λ Π p(x0_i | xt, λ), so that each part may take the rows that it knows best: tokens that are drawn
 * together agree as far as λ says. A step draws λ evenly and then its product: the law that the loss is of (`sampler/noise.ts`). All
 * parts are computed, M passes for one; Di4C estimates the sum by few draws and a control variate, as its λ are without number. At most (b − 1) · ln M
 * nats are saved where ties reach b tokens (docs/beyond-sdtt.md). A row in ten is told nothing. Source   arXiv 2410.08709; differs: on the text
 * itself, where it has the teacher's samples.
 */
import { float32, int32, type RandomStream, randomStream, type TensorMap } from "@sdtt/core/base";
import { hiddenOf, maskedLogits, maskedPositions } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { logSoftmax, nll } from "@sdtt/core/nn";
import { capacityFor, type HeadLoss, padPositions } from "@sdtt/core/optim";
import * as tf from "@tensorflow/tfjs-core";
import type { Task } from "../../training/task.js";
import { type Noised, noisedBatches, type RoundData } from "../noised.js";
import { isTold } from "./untold.js";

/**
 * −Σ over rows of ln (1/M) Σ_λ e^(Σ of the row's log-probabilities under λ), by `scale`.
 *
 * Shapes   logProbs [M · N], part after part · members [B, N]: 1 at a row's own positions · scale [] → scalar
 */
export function mixtureLoss(logProbs: tf.Tensor, members: tf.Tensor, scale: tf.Tensor): tf.Scalar {
  const [rows, count] = members.shape as [number, number];
  const parts = (logProbs.shape[0] as number) / count;
  const sums = tf.matMul(members as tf.Tensor2D, tf.reshape(logProbs, [parts, count]) as tf.Tensor2D, false, true);
  // s − log-softmax of s is ln Σ e^s, whichever part is looked at.
  const all = tf.mean(tf.sub(sums, logSoftmax(sums)), -1);
  return tf.neg(tf.mul(scale, tf.sub(tf.sum(all), rows * Math.log(parts)))) as tf.Scalar;
}

function headLoss(model: ModelConfig): HeadLoss {
  return {
    hidden: hiddenOf(model),
    perRow: ["targets"],
    loss(params, rows, { targets, members, scale }) {
      const logProbs = tf.neg(nll(maskedLogits(params, model, rows), targets as tf.Tensor));
      return mixtureLoss(logProbs, members as tf.Tensor, scale as tf.Tensor);
    },
  };
}

/** All of `values` M times, one after the other. */
function repeated<T extends Int32Array | Uint8Array>(values: T, times: number): T {
  const all = new (values.constructor as new (length: number) => T)(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}

/** Dropout that each part of a row shares. Shapes   kept [sites, B·L, D] → [sites, M·B·L, D] */
function sharedDropout({ kept }: TensorMap, parts: number): TensorMap {
  if (!kept) return {};
  const [sites, rows, width] = kept.shape as [number, number, number];
  const size = rows * width;
  const data = new Uint8Array(parts * kept.data.length);
  for (let site = 0; site < sites; site++) {
    const own = (kept.data as Uint8Array).subarray(site * size, (site + 1) * size);
    data.set(repeated(own, parts), site * parts * size);
  }
  return { kept: { shape: [sites, parts * rows, width], dtype: "bool", data } };
}

/**
 * Shapes   ids [M·B, L] · positions, targets [M · capacity] · noise [M · capacity, M] · members [B, capacity] · scale []
 */
function inputsOf(
  { x0, xt, rows, masked }: Noised,
  length: number,
  parts: number,
  maskId: number,
  streamOf: (row: number) => RandomStream,
) {
  const positions = maskedPositions(xt, maskId);
  const count = rows.to - rows.from;
  const capacity = capacityFor(positions.length, xt.length);
  const told = Array.from({ length: count }, (_, row) => isTold(streamOf(rows.from + row)));
  const targets = new Int32Array(capacity);
  const members = new Float32Array(count * capacity);
  const noise = new Float32Array(parts * capacity * parts);
  positions.forEach((position, k) => {
    const row = Math.floor(position / length);
    targets[k] = x0[position] as number;
    members[row * capacity + k] = 1;
    if (told[row]) for (let part = 0; part < parts; part++) noise[(part * capacity + k) * parts + part] = 1;
  });
  const padded = padPositions(positions, capacity, xt.length);
  const places = repeated(padded, parts).map((position, k) => position + Math.floor(k / capacity) * xt.length);
  const inputs = {
    ids: int32([parts * count, length], repeated(xt, parts)),
    positions: int32([parts * capacity], places),
    targets: int32([parts * capacity], repeated(targets, parts)),
    noise: float32([parts * capacity, parts], noise),
    members: float32([count, capacity], members),
    scale: float32([], [1 / masked]),
  };
  return { inputs, capacity: parts * capacity };
}

/** The task of a round that learns a mixture of `parts` products. */
export function mixtureTask(
  model: ModelConfig,
  data: RoundData,
  { round, parts }: { readonly round: number; readonly parts: number },
): Task {
  const { sequences, length, seed } = data;
  const maskId = model.vocabSize - 1;
  const batch = noisedBatches(model, data, round, async (noised, dropout) => {
    const streamOf = (row: number) => randomStream(seed, "round", round, noised.n, "noise", row);
    const { inputs, capacity } = inputsOf(noised, length, parts, maskId, streamOf);
    return { inputs: { ...inputs, ...sharedDropout(dropout, parts) }, capacity };
  });
  return {
    ...{ label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss: headLoss(model), batch },
    headChunk: Number.POSITIVE_INFINITY,
  };
}
