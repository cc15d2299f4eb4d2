/**
 * @file Rows of a shard in a seeded order, from a cursor that is plain data.
 *
 * The stream of ids is cut into rows without regard to documents. Each epoch begins the cut at another offset and
 * draws another order, so that a small corpus is not seen in the same rows again and again.
 */
import { userError } from "../../base/errors.js";
import { randomStream } from "../../base/random.js";
import type { Shard } from "../shards/shardFile.js";
import { type RowOrder, rowOrder } from "./rowOrder.js";

/** The next row to be taken: its epoch, and its place in that epoch's order. */
export interface BatchCursor {
  readonly epoch: number;
  readonly index: number;
}

export const firstBatch: BatchCursor = { epoch: 0, index: 0 };

interface Epoch {
  readonly key: string;
  readonly offset: number;
  readonly order: RowOrder;
}

const latest = new WeakMap<object, Epoch>();

/**
 * Takes the next rows; past the end of an epoch it goes on in the next.
 *
 * Shapes   → x0 [B, L] int32
 * Holds    the same cursor and seed give the same rows
 * Holds    an epoch gives each of its rows once
 * Throws   UserError when the shard holds fewer than `length` ids
 */
export function nextBatch(
  shard: Shard,
  cursor: BatchCursor,
  options: { readonly batch: number; readonly length: number; readonly seed: number },
): { x0: Int32Array; cursor: BatchCursor } {
  const { batch, length, seed } = options;
  if (shard.count < length) {
    const remedy = "Give more text or choose a shorter length.";
    throw userError("batches", `the shard must hold at least ${length} ids (one row)`, shard.count, remedy);
  }
  const x0 = new Int32Array(batch * length);
  let { epoch, index } = cursor;
  for (let row = 0; row < batch; row++) {
    let { offset, order } = epochOf(shard, epoch, length, seed);
    if (index >= order.length) {
      epoch++;
      index = 0;
      ({ offset, order } = epochOf(shard, epoch, length, seed));
    }
    const start = offset + order.at(index) * length;
    x0.set(shard.ids.subarray(start, start + length), row * length);
    index++;
  }
  return { x0, cursor: { epoch, index } };
}

/** The cut and the order of one epoch; the latest of each shard is kept, because drawing it may cost a pass over rows. */
function epochOf(shard: Shard, epoch: number, length: number, seed: number): Epoch {
  const key = `${seed} ${epoch} ${length}`;
  const known = latest.get(shard.ids);
  if (known?.key === key) return known;
  const random = randomStream(seed, "batches", epoch);
  const isWhole = shard.rowLength === length;
  const offset = isWhole ? 0 : random.integer(Math.min(length, shard.count - length + 1));
  const made = { key, offset, order: rowOrder(random, Math.floor((shard.count - offset) / length)) };
  latest.set(shard.ids, made);
  return made;
}
