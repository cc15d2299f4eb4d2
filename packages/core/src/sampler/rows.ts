/**
 * @file The rows of a batch while they are sampled, and one network evaluation of those that need it.
 */

import type { Draw, RowDraw } from "./draw.js";
import type { Denoiser } from "./network/denoiser.js";

export interface Row {
  /** Index of its first token in the batch. */
  readonly offset: number;
  readonly draw: RowDraw;
  /** Positions in the row that are masked still, ascending. */
  masked: readonly number[];
}

export interface Batch {
  readonly length: number;
  readonly ids: Int32Array;
  readonly rows: readonly Row[];
  /** Network evaluations of each row. */
  readonly nfe: Int32Array;
  /** Index of the first row over all batches, and the seed that its noise is drawn by. */
  readonly first: number;
  readonly seed: number;
  /** The step that revealed each token; 0 where it was given. */
  readonly revealSteps: Int32Array;
}

/** Rows over `ids` [batch · L], masked where these are; `first` is the index of the first row over all batches. */
export function startRows(ids: Int32Array, length: number, maskId: number, draw: Draw, first = 0, seed = 0): Batch {
  const count = ids.length / length;
  const rows = Array.from({ length: count }, (_, i): Row => {
    const offset = i * length;
    const masked = Array.from({ length }, (_, j) => j).filter((j) => ids[offset + j] === maskId);
    return { offset, draw: draw(first + i), masked };
  });
  return { length, ids, rows, first, seed, nfe: new Int32Array(count), revealSteps: new Int32Array(ids.length) };
}

/**
 * Takes one step: asks the network about the rows that need it, all together, and draws.
 *
 * Holds    a revealed token never changes; rows with nothing to ask cost nothing
 */
export async function advance(
  denoiser: Denoiser,
  batch: Batch,
  step: number,
  probability: number,
  drawOf: (row: Row) => RowDraw = (row) => row.draw,
): Promise<void> {
  const { length, ids } = batch;
  const V = denoiser.vocabSize;
  const active = batch.rows
    .map((row) => ({ row, draw: drawOf(row) }))
    .map(({ row, draw }) => ({ row, draw, asked: draw.asked(row.masked, probability) }))
    .filter(({ asked }) => asked.length > 0);
  if (active.length === 0) return;
  const xt = new Int32Array(active.length * length);
  active.forEach(({ row }, i) => {
    xt.set(ids.subarray(row.offset, row.offset + length), i * length);
  });
  const positions = active.flatMap(({ asked }, i) => asked.map((j) => i * length + j));
  const names = { seed: batch.seed, step, rows: active.map(({ row }) => batch.first + row.offset / length) };
  const logits = await denoiser.logits(xt, active.length, positions, names);
  let taken = 0;
  for (const { row, draw, asked } of active) {
    batch.nfe[row.offset / length] = (batch.nfe[row.offset / length] as number) + 1;
    for (const j of asked) {
      const token = draw.token(logits, V * taken++, V, j, probability);
      if (token === denoiser.maskId) continue;
      ids[row.offset + j] = token;
      batch.revealSteps[row.offset + j] = step;
    }
    row.masked = row.masked.filter((j) => ids[row.offset + j] === denoiser.maskId);
  }
}
