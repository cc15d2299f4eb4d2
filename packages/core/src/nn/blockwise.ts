/**
 * @file Value-by-value work done block by block, so that what comes between lies in the processor's cache.
 *
 * Each kernel reads and writes whole tensors; a chain of ten over 8 MB moves 200 MB through memory, and memory is what
 * it waits for. Traced by an engine that works in blocks, the chain becomes the body of a loop (ONNX: Scan): its inputs and outputs are read and
 * written once, where they lie, whatever the number of kernels. Everywhere else the function simply runs.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";
import { blocks as blocksOfTracer } from "../engine/traced.js";

/** Values of a block: 1 MB a tensor. Smaller ones lie in nearer caches, but each kernel costs some 5 µs to begin. */
const blockValues = 2 ** 18;

const rowsOf = (cut: TensorsByName): number => Object.values(cut)[0]?.shape[0] as number;

/** The fewest equal blocks of at most about `blockValues`; 1 where there is no more than a block, or nothing to cut. */
function blocksFor(cut: TensorsByName): number {
  const rows = rowsOf(cut);
  const values = Math.max(...Object.values(cut).map(({ size }) => size));
  const fewest = Math.max(1, Math.round(values / blockValues));
  for (let blocks = fewest; blocks <= Math.min(rows, 4 * fewest); blocks++) if (rows % blocks === 0) return blocks;
  return 1;
}

/**
 * `fn` on tensors of the same number of rows, of which each row of its results needs the same row only.
 *
 * Shapes   cut: [rows, …] each · whole: any, given to every block → [rows, …] each
 *
 * @param blocks into how many equal blocks the rows are cut where they are cut at all
 */
export function blockwise(
  fn: (named: TensorsByName) => Record<string, tf.Tensor>,
  cut: TensorsByName,
  whole: TensorsByName = {},
  blocks: number = blocksFor(cut),
): Record<string, tf.Tensor> {
  const byBlocks = blocksOfTracer();
  if (blocks === 1 || !byBlocks) return fn({ ...cut, ...whole });
  const rows = rowsOf(cut);
  const reshaped = (named: TensorsByName, shapeOf: (shape: readonly number[]) => number[]) =>
    Object.fromEntries(Object.entries(named).map(([name, t]) => [name, tf.reshape(t, shapeOf(t.shape))]));
  const stacked = reshaped(cut, ([, ...rest]) => [blocks, rows / blocks, ...rest]);
  return reshaped(byBlocks(fn, stacked, whole), ([, , ...rest]) => [rows, ...rest]);
}
