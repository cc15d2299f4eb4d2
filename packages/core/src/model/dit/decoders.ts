/**
 * @file Which copy of the last block a row goes through: that of the interval of its share of masks.
 *
 * In a graph all copies are computed and all but the row's own count for nothing, so that one program serves rows of all intervals and
 * gradients reach a row's own copy alone. Source   arXiv 2312.09181, with the last block where it has a U-Net's decoder; differs: by the share of masks, not t
 */
import * as tf from "@tensorflow/tfjs-core";
import type { DitConfig } from "./config.js";

/** The copy of a row with so many masks: the k with masks/length in (k/N, (k + 1)/N]; of none, the first. */
export const copyOf = (masks: number, length: number, decoders: number): number =>
  Math.max(0, Math.ceil((decoders * masks) / length) - 1);

/**
 * Of each copy, 1 at the positions of its rows and 0 at all others.
 *
 * Shapes   ids [B, L] · at [N], indices into B·L; left out: all → `decoders` of [N, 1]
 */
export function shares({ vocabSize, decoders = 1 }: DitConfig, ids: tf.Tensor, at?: tf.Tensor): tf.Tensor[] {
  const [batch, length] = ids.shape as [number, number];
  const masks = tf.sum(tf.cast(tf.equal(ids, tf.scalar(vocabSize - 1, "int32")), "float32"), 1);
  return Array.from({ length: decoders }, (_, k) => {
    const isAbove = tf.greater(masks, k === 0 ? -1 : (k * length) / decoders);
    const isOwn = tf.logicalAnd(isAbove, tf.lessEqual(masks, ((k + 1) * length) / decoders));
    const rows = tf.expandDims(tf.cast(isOwn, "float32"), 1);
    const all = tf.reshape(tf.tile(rows, [1, length]), [batch * length]);
    return tf.expandDims(at ? tf.gather(all, at as tf.Tensor1D) : all, 1);
  });
}
