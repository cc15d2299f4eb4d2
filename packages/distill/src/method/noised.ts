/**
 * @file The noised batches of a round: which rows, which times, which tokens are masked; what is asked about them is another's.
 *
 * All objectives share it, so that runs that differ in what they learn see the same rows under the same masks.
 */
import { randomStream, type TensorMap } from "@sdtt/core/base";
import { maskedPositions, sampleTimes, timeEps } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { type BatchCursor, nextBatch } from "@sdtt/core/text";
import type { LiveStudent } from "../training/liveStudent.js";
import { type DataOptions, dropoutMask, type Rows, rowsOfParts } from "../training/pretrainTask.js";
import type { Part } from "../training/task.js";
import { maskRows, type OrderName } from "./order.js";

/** Rows of a batch that go through the network together. */
export interface Noised {
  /** The update, from 1. */
  readonly n: number;
  readonly rows: Rows;
  readonly x0: Int32Array;
  readonly xt: Int32Array;
  readonly t: Float64Array;
  /** Of each row the order in which its positions are revealed, where they have one. */
  readonly orders?: readonly (readonly number[])[] | undefined;
  /** Masked tokens of the whole batch. */
  readonly masked: number;
}

export interface RoundData extends DataOptions {
  /** Default: by chance. */
  readonly order?: OrderName | undefined;
}

/** Update n's batch, each part made by `partOf` and given the student's dropout and the student itself. */
export function noisedBatches<P extends Part>(
  model: ModelConfig,
  data: RoundData,
  round: number,
  partOf: (noised: Noised, dropout: TensorMap, student?: LiveStudent) => Promise<P>,
) {
  const { sequences, length, seed, shard, order = "random" } = data;
  const maskId = model.vocabSize - 1;
  return async (n: number, cursor: BatchCursor) => {
    const next = nextBatch(shard, cursor, { batch: sequences, length, seed });
    const random = randomStream(seed, "round", round, n);
    const t = sampleTimes(random, sequences, timeEps);
    const { xt, orders } = maskRows(order, random, next.x0, t, maskId);
    const masked = maskedPositions(xt, maskId).length;
    const parts = rowsOfParts(data).map((rows) => async (student?: LiveStudent): Promise<P> => {
      const cut = (ids: Int32Array) => ids.slice(rows.from * length, rows.to * length);
      const own = { t: t.slice(rows.from, rows.to), orders: orders?.slice(rows.from, rows.to) };
      const noised = { n, rows, x0: cut(next.x0), xt: cut(xt), ...own, masked };
      const dropout = dropoutMask(model, length, rows, seed, round, n);
      const part = await partOf(noised, dropout, student);
      return { ...part, inputs: { ...dropout, ...part.inputs } };
    });
    return { parts, cursor: next.cursor };
  };
}
