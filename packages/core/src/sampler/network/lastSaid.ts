/**
 * @file What a self-conditioned network said last of the rows that are being sampled, as they are told it in their next step: W · p.
 *
 * The last prediction is that of the state in which the network was last asked about the row: a step that reveals nothing asks nothing, and
 * changes nothing. It is kept for the call that samples, so that nothing goes from one batch into another; rows that were answered as one
 * hold the same array, by which they are known to be told alike.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { maskedPositions } from "../../diffusion/forward.js";
import { subsLogProbs } from "../../diffusion/subs.js";
import { parameter } from "../../model/dit/fold.js";
import { selfWeight } from "../../model/dit/noise.js";
import { linear } from "../../nn/linear.js";
import type { RowNames } from "../noise.js";

/** Shapes   logits [N, V] → [N, D] */
export function saidAgain(params: TensorsByName, logits: tf.Tensor): tf.Tensor {
  return linear(tf.exp(subsLogProbs(logits)), parameter(params, selfWeight));
}

/** Of each row by its name: what it is told next. Shapes   [L, D], zero where it was not masked */
export type Told = Map<number, Float32Array>;

export class LastSaid {
  readonly #calls = new WeakMap<object, Told>();

  /** What the rows were told so far; undefined where nothing is kept of them. */
  of({ call }: RowNames): Told | undefined {
    if (!call) return undefined;
    const told = this.#calls.get(call) ?? new Map();
    this.#calls.set(call, told);
    return told;
  }
}

/** What is asked about, then all else that is masked. */
export const toAnswer = (xt: Int32Array, maskId: number, asked: readonly number[]): number[] => [
  ...new Set([...asked, ...maskedPositions(xt, maskId)]),
];

/**
 * What each row says of itself, in the place of each position.
 *
 * Shapes   said [N · D] of `positions` of `rows` rows → `rows` of [L, D]
 */
export function inPlaces(
  said: Float32Array,
  positions: readonly number[],
  rows: number,
  [length, width]: readonly [number, number],
): Float32Array[] {
  const all = Array.from({ length: rows }, () => new Float32Array(length * width));
  positions.forEach((position, k) => {
    const own = all[Math.floor(position / length)] as Float32Array;
    own.set(said.subarray(k * width, (k + 1) * width), (position % length) * width);
  });
  return all;
}

/** What is added to the embeddings of masked positions. Shapes   xt [rows · L] · told, one a row, [L, D] → [total, D] */
export function toldInPlaces(
  xt: Int32Array,
  maskId: number,
  told: readonly (Float32Array | undefined)[],
  [total, width]: readonly [number, number],
): Float32Array {
  const length = xt.length / told.length;
  const all = new Float32Array(total * width);
  for (const position of maskedPositions(xt, maskId)) {
    const own = told[Math.floor(position / length)];
    const at = (position % length) * width;
    if (own) all.set(own.subarray(at, at + width), position * width);
  }
  return all;
}
