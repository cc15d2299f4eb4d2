/**
 * @file Value-by-value work done block by block, so that what comes between lies in the processor's cache.
 *
 * Each kernel reads and writes whole tensors; a chain of ten over 8 MB moves 200 MB through memory, and memory is what
 * it waits for. Traced for a processor, the chain becomes the body of an ONNX Scan: its inputs and outputs are read and
 * written once, where they lie, whatever the number of kernels. Everywhere else the function simply runs.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Specs } from "../base/tensor.js";
import { recordBody, usesBlocks } from "../engine/onnx/trace.js";
import { runFused } from "./fused.js";

type Named = Readonly<Record<string, tf.Tensor>>;

/** Values of a block: 1 MB a tensor. Smaller ones lie in nearer caches, but each kernel costs some 5 µs to begin. */
const blockValues = 2 ** 18;

const rowsOf = (cut: Named): number => Object.values(cut)[0]?.shape[0] as number;

/** The fewest equal blocks of at most about `blockValues`; 1 where there is no more than a block, or nothing to cut. */
function blocksFor(cut: Named): number {
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
  fn: (named: Named) => Record<string, tf.Tensor>,
  cut: Named,
  whole: Named = {},
  blocks: number = blocksFor(cut),
): Record<string, tf.Tensor> {
  if (blocks === 1 || !usesBlocks()) return fn({ ...cut, ...whole });
  const rows = rowsOf(cut);
  const specs: Record<string, Specs[string]> = {};
  const stacked: Record<string, tf.Tensor> = {};
  for (const [name, t] of Object.entries(cut)) {
    const shape = [rows / blocks, ...t.shape.slice(1)];
    specs[name] = { shape, dtype: t.dtype as Specs[string]["dtype"] };
    stacked[name] = tf.reshape(t, [blocks, ...shape]);
  }
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
  const results = runFused("FusedBlocks", stacked, { body });
  return Object.fromEntries(
    results.map((t, i) => [names[i] as string, tf.reshape(t, [rows, ...t.shape.slice(2)])] as const),
  );
}
