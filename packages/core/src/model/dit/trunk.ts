/**
 * @file The denoiser with its conditioning folded in: the form that trains and samples.
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../../base/tensor.js";
import { attention, causalBias } from "../../nn/attention.js";
import { distinctRowsOf, rowsOf } from "../../nn/embedding.js";
import { gelu } from "../../nn/gelu.js";
import { layerNorm } from "../../nn/layerNorm.js";
import { linear } from "../../nn/linear.js";
import { rotaryTable } from "../../nn/rotary.js";
import type { DitConfig } from "./config.js";
import { shares } from "./decoders.js";
import { parameter } from "./fold.js";

export interface TrunkOptions {
  /** Which activations dropout keeps, [2·blocks, B·L, D] bool; left out: no dropout. */
  readonly kept?: tf.Tensor;
  /** Positions that are asked for, [N] int32, indices into B·L, none twice; left out: all, in order. */
  readonly at?: tf.Tensor;
  /** Added to the scores of attention, [L, L]: −1e9 where a position may not look. Left out: as the model is. */
  readonly look?: tf.Tensor | undefined;
  /** Added to the embeddings, [B·L, D]: what positions are told beside their tokens (`noise.ts`). */
  readonly told?: tf.Tensor | undefined;
  /** The copy of the last block that all rows go through; left out: each its own. */
  readonly copy?: number | undefined;
  /** Called with the residual stream [B·L, D] after the embedding (−1) and after each block. */
  readonly observe?: (block: number, h: tf.Tensor) => void;
}

/** How positions see each other, the same in every block. */
export function lookOf(config: DitConfig, [batch, length]: readonly [number, number], look?: tf.Tensor) {
  const bias = look ?? (config.causal ? causalBias(length) : undefined);
  return {
    shape: { batch, length, heads: config.heads },
    options: { rotation: rotaryTable(length, config.width / config.heads), ...(bias && { bias }) },
  };
}

/**
 * Which positions of the stream the positions asked for are read from: `shift` turns each row by one.
 *
 * Shapes   ids [B, L] · at [N] → [N], or [B·L] where all are asked for; undefined for all as they are
 * Holds    no position is read twice
 */
export function readAt({ shift }: DitConfig, ids: tf.Tensor, at?: tf.Tensor): tf.Tensor | undefined {
  if (!shift) return at;
  const [batch, length] = ids.shape as [number, number];
  const before = Int32Array.from({ length: batch * length }, (_, i) => (i % length === 0 ? i + length : i) - 1);
  const table = tf.tensor1d(before, "int32");
  return at ? tf.gather(table, at as tf.Tensor1D) : table;
}

/** Shapes   table [V, D] · ids [B, L] · told [B·L, D] → [B·L, D] */
export function embedded(table: tf.Tensor, ids: tf.Tensor, told?: tf.Tensor): tf.Tensor {
  const rows = rowsOf(table, tf.reshape(ids, [-1]));
  return told ? tf.add(rows, told) : rows;
}

/** Dropout of x in residual branch `site`, two a block. */
type Dropout = (x: tf.Tensor, site: number, at?: tf.Tensor) => tf.Tensor;

/** The identity without a mask; `at`: the positions that the rows of x are at. */
export function dropoutOf(config: DitConfig, kept?: tf.Tensor): Dropout {
  if (!kept) return (x) => x;
  const masks = tf.unstack(kept);
  return (x, site, at) => {
    const mask = masks[site] as tf.Tensor;
    const own = tf.cast(at ? tf.gather(mask, at as tf.Tensor1D) : mask, "float32");
    return tf.mul(x, tf.mul(own, 1 / (1 - config.dropout)));
  };
}

/**
 * The residual stream after all blocks. Past the last attention a position is on its own, so from there on only those
 * that are asked for go on.
 *
 * Shapes   ids [B, L] int32 → [N, D]
 */
export function foldedTrunk(
  folded: TensorsByName,
  config: DitConfig,
  ids: tf.Tensor,
  options: TrunkOptions = {},
): tf.Tensor {
  const [batch, length] = ids.shape as [number, number];
  const look = lookOf(config, [batch, length], options.look);
  const read = readAt(config, ids, options.at);
  const drop = dropoutOf(config, options.kept);
  const last = config.blocks - 1;
  /** The block of that name, in the place of block i. */
  const through = (h: tf.Tensor, name: number, i: number): tf.Tensor => {
    const p = (part: string) => parameter(folded, `${name}.${part}`);
    const at = i === last ? read : undefined;
    const asked = (x: tf.Tensor) => (at ? distinctRowsOf(x, at) : x);
    const qkv = linear(layerNorm(h, p("norm1.gain"), p("norm1.shift")), p("qkv"));
    const mixed = asked(attention(qkv, look.shape, look.options));
    const middle = tf.add(asked(h), drop(linear(mixed, p("out")), 2 * i, at));
    const up = linear(layerNorm(middle, p("norm2.gain"), p("norm2.shift")), p("up"), p("up.bias"));
    return tf.add(middle, drop(linear(gelu(up), p("down"), p("down.bias")), 2 * i + 1, at));
  };
  const ending = (h: tf.Tensor): tf.Tensor => {
    const { decoders = 1 } = config;
    const copies = options.copy === undefined ? Array.from({ length: decoders }, (_, k) => k) : [options.copy];
    if (copies.length === 1) return through(h, last + (copies[0] as number), last);
    const own = shares(config, ids, read);
    return tf.addN(copies.map((k) => tf.mul(through(h, last + k, last), own[k] as tf.Tensor)));
  };
  let h = embedded(parameter(folded, "embedding"), ids, options.told);
  options.observe?.(-1, h);
  for (let i = 0; i <= last; i++) {
    h = i === last ? ending(h) : through(h, i, i);
    options.observe?.(i, h);
  }
  return h;
}

/** Vocabulary logits of the rows given. Shapes   h [N, D] → [N, V] */
export function foldedHead(folded: TensorsByName, h: tf.Tensor): tf.Tensor {
  const normed = layerNorm(h, parameter(folded, "head.gain"), parameter(folded, "head.shift"));
  return linear(normed, parameter(folded, "head"), parameter(folded, "head.bias"));
}
