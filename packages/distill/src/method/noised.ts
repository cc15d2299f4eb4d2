/**
 * @file The noised batches of a round: which rows, which times, which tokens are masked; what is asked about them is another's.
 *
 * All objectives share it, so that runs that differ in what they learn see the same rows under the same masks.
 */
import { randomStream, type TensorMap } from "@sdtt/core/base";
import { maskedPositions, maskTokens, sampleTimes, timeEps } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { type BatchCursor, nextBatch } from "@sdtt/core/text";
import { type DataOptions, dropoutMask, type Rows, rowsOfParts } from "../training/pretrainTask.js";
import type { Batch, Part } from "../training/task.js";

/** Rows of a batch that go through the network together. */
export interface Noised {
  /** The update, from 1. */
  readonly n: number;
  readonly rows: Rows;
  readonly x0: Int32Array;
  readonly xt: Int32Array;
  readonly t: Float64Array;
  /** Masked tokens of the whole batch. */
  readonly masked: number;
}

/** Update n's batch, each part made by `partOf` and given the student's dropout. */
export function noisedBatches(
  model: ModelConfig,
  data: DataOptions,
  round: number,
  partOf: (noised: Noised, dropout: TensorMap) => Promise<Part>,
) {
  const { sequences, length, seed, shard } = data;
  const maskId = model.vocabSize - 1;
  return async (n: number, cursor: BatchCursor): Promise<Batch> => {
    const next = nextBatch(shard, cursor, { batch: sequences, length, seed });
    const random = randomStream(seed, "round", round, n);
    const t = sampleTimes(random, sequences, timeEps);
    const xt = maskTokens(random, next.x0, t, maskId);
    const masked = maskedPositions(xt, maskId).length;
    const parts = rowsOfParts(data).map((rows) => async () => {
      const cut = (ids: Int32Array) => ids.slice(rows.from * length, rows.to * length);
      const noised = { n, rows, x0: cut(next.x0), xt: cut(xt), t: t.slice(rows.from, rows.to), masked };
      const dropout = dropoutMask(model, length, rows, seed, round, n);
      const { inputs, capacity } = await partOf(noised, dropout);
      return { inputs: { ...inputs, ...dropout }, capacity };
    });
    return { parts, cursor: next.cursor };
  };
}
