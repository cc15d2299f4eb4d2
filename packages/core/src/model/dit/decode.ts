/**
 * @file The causal network one token at a time: keys and values of earlier tokens are kept, not computed again.
 *
 * They lie in segments, [B, H, size, K] each for keys and values of a block. A step writes one column of one segment and
 * reads the segments up to that one, so it pays for about the tokens there are and copies none of them. The function is
 * compiled once a segment; sizes double, so there are few. At 169M and batch 1 a token takes 1.05 times what its products
 * with the weights take alone (median of 40 in turn), and those read weights as fast as the machine reads memory.
 * Rejected: one tensor for the whole length, of which each step would read all, and a slice of it, which copies.
 */
import * as tf from "@tensorflow/tfjs-core";
import { float32, type TensorMap, type TensorsByName } from "../../base/tensor.js";
import { causalBias, type Heads, headsOf } from "../../nn/attention.js";
import { rowsOf } from "../../nn/embedding.js";
import { gelu } from "../../nn/gelu.js";
import { layerNorm } from "../../nn/layerNorm.js";
import { narrowLinear as linear } from "../../nn/narrow.js";
import { type RotaryTable, rotaryTable } from "../../nn/rotary.js";
import type { DitConfig } from "./config.js";
import { parameter } from "./fold.js";

/** Positions `from` … `to` − 1. */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

const firstSegment = 64;

/** 64, 64, 128, 256, … positions, the last one cut to what is left of `length`. */
export function segmentsOf(length: number): Segment[] {
  const segments: Segment[] = [];
  for (let from = 0; from < length; ) {
    const to = Math.min(length, Math.max(firstSegment, 2 * from));
    segments.push({ from, to });
    from = to;
  }
  return segments;
}

const cacheName = (block: number, part: "k" | "v", { from }: Segment) => `cache.${block}.${part}.${from}`;

/** An empty cache, by name. Shapes   [B, H, size, K] each */
export function emptyCache(config: DitConfig, batch: number, segments: readonly Segment[]): TensorMap {
  const { blocks, heads, width } = config;
  const cache: Record<string, TensorMap[string]> = {};
  for (let block = 0; block < blocks; block++) {
    for (const segment of segments) {
      const shape = [batch, heads, segment.to - segment.from, width / heads];
      for (const part of ["k", "v"] as const) cache[cacheName(block, part, segment)] = float32(shape);
    }
  }
  return cache;
}

/** All blocks on `ids`; `mix` does a block's attention. Shapes   ids [N] · mix: q, k, v → [B, H, T, K] → [N, D] */
function trunk(
  named: TensorsByName,
  config: DitConfig,
  { ids, batch, rotation }: { ids: tf.Tensor; batch: number; rotation: RotaryTable },
  mix: (heads: Heads, block: number) => tf.Tensor,
): tf.Tensor {
  let h = rowsOf(parameter(named, "embedding"), ids);
  for (let i = 0; i < config.blocks; i++) {
    const p = (name: string) => parameter(named, `${i}.${name}`);
    const qkv = linear(layerNorm(h, p("norm1.gain"), p("norm1.shift")), p("qkv"));
    const mixed = tf.transpose(mix(headsOf(qkv, batch, config.heads, rotation), i), [0, 2, 1, 3]);
    h = tf.add(h, linear(tf.reshape(mixed, h.shape), p("out")));
    const up = linear(layerNorm(h, p("norm2.gain"), p("norm2.shift")), p("up"), p("up.bias"));
    h = tf.add(h, linear(gelu(up), p("down"), p("down.bias")));
  }
  return h;
}

function headOf(named: TensorsByName, h: tf.Tensor): tf.Tensor {
  const normed = layerNorm(h, parameter(named, "head.gain"), parameter(named, "head.shift"));
  return linear(normed, parameter(named, "head"), parameter(named, "head.bias"));
}

/** `cache` with `update` as its column `at`. Shapes   cache [B, H, S, K] · update [B, H, 1, K] · at [1] int32 */
function withColumn(cache: tf.Tensor, update: tf.Tensor, at: tf.Tensor): tf.Tensor {
  const [batch, heads, , size] = cache.shape as [number, number, number, number];
  const rows = Array.from({ length: batch * heads }, (_, i) => [Math.floor(i / heads), i % heads, 0]);
  const column = tf.mul(tf.tensor2d([[0, 0, 1]], [1, 3], "int32"), at);
  const indices = tf.add(tf.tensor2d(rows, [rows.length, 3], "int32"), column);
  return tf.tensorScatterUpdate(cache, indices, tf.reshape(update, [rows.length, size]));
}

/** softmax(q·kᵀ / √K + bias) · v over the segments, none of which is copied. */
function attendTo(q: tf.Tensor, keys: readonly tf.Tensor[], values: readonly tf.Tensor[], bias: tf.Tensor): tf.Tensor {
  const size = q.shape[3] as number;
  const scores = tf.concat(
    keys.map((k) => tf.matMul(q, k, false, true)),
    -1,
  );
  const weights = tf.softmax(tf.add(tf.mul(scores, 1 / Math.sqrt(size)), bias));
  const sizes = keys.map((k) => k.shape[2] as number);
  const parts = tf.split(weights, sizes, -1);
  return parts
    .map((part, i) => tf.matMul(part, values[i] as tf.Tensor))
    .reduce((sum, part) => tf.add(sum, part) as tf.Tensor);
}

/**
 * One token of each row read at `position`, which lies in the last of `segments`: logits of the next one, and that
 * segment's cache with a column more.
 *
 * Shapes   ids [B] int32 · position [1] int32 → logits [B, V]
 */
export function decodeStep(named: TensorsByName, config: DitConfig, segments: readonly Segment[]) {
  const { ids, position } = named as { ids: tf.Tensor; position: tf.Tensor };
  const last = segments[segments.length - 1] as Segment;
  const table = rotaryTable(last.to, config.width / config.heads);
  const rotation = {
    cos: tf.gather(table.cos, position as tf.Tensor1D),
    sin: tf.gather(table.sin, position as tf.Tensor1D),
  };
  const later = tf.greater(tf.tensor1d([...Array(last.to).keys()], "int32"), position);
  const bias = tf.mul(tf.cast(later, "float32"), -1e9);
  const column = tf.sub(position, tf.scalar(last.from, "int32"));
  const written: Record<string, tf.Tensor> = {};
  const h = trunk(named, config, { ids, batch: ids.shape[0] as number, rotation }, ({ q, k, v }, block) => {
    const cached = (part: "k" | "v", update: tf.Tensor) =>
      segments.map((segment) => {
        const name = cacheName(block, part, segment);
        if (segment !== last) return parameter(named, name);
        const next = withColumn(parameter(named, name), update, column);
        written[name] = next;
        return next;
      });
    return attendTo(q, cached("k", k), cached("v", v), bias);
  });
  return { ...written, logits: headOf(named, h) };
}

/**
 * A whole prompt at once, padded to the end of `segments`: logits of the token after it, and the caches.
 *
 * Shapes   ids [B, T] int32, T the positions of all segments · ends [B] int32, indices into B·T of each row's last
 *          token → logits [B, V]
 */
export function decodePrompt(named: TensorsByName, config: DitConfig, segments: readonly Segment[]) {
  const { ids, ends } = named as { ids: tf.Tensor; ends: tf.Tensor };
  const [batch, length] = ids.shape as [number, number];
  const rotation = rotaryTable(length, config.width / config.heads);
  const bias = causalBias(length);
  const written: Record<string, tf.Tensor> = {};
  const flat = { ids: tf.reshape(ids, [batch * length]), batch, rotation };
  const h = trunk(named, config, flat, ({ q, k, v }, block) => {
    for (const segment of segments) {
      const size = segment.to - segment.from;
      const cut = (x: tf.Tensor) => tf.slice(x, [0, 0, segment.from, 0], [-1, -1, size, -1]);
      written[cacheName(block, "k", segment)] = cut(k);
      written[cacheName(block, "v", segment)] = cut(v);
    }
    return attendTo(q, [k], [v], bias);
  });
  return { ...written, logits: headOf(named, rowsOf(h, ends)) };
}
