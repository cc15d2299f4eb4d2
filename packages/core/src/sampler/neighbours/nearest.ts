/**
 * @file The nearest keys of queries, exactly: all distances, by products of a block of queries and a block of keys.
 *
 * |q − k|² = |q|² + |k|² − 2 q·k. Rejected: an approximate index; at the sizes that fit a processor the products take less than the network
 * does, and a figure that depends on an index's luck is none.
 */
import * as tf from "@tensorflow/tfjs-core";
import { float32 } from "../../base/tensor.js";
import type { Engine, Program } from "../../engine/contract.js";

export interface Keys {
  readonly width: number;
  /** n */
  readonly entries: number;
  /** Keys `from` … `to` − 1, until others are asked for. */
  read(from: number, to: number): Float32Array;
}

/** Of each query its k nearest, nearest first; fewer keys than k leave −1 and ∞. Shapes   [Q · k] */
export interface Found {
  readonly ids: Int32Array;
  /** Squared. */
  readonly distances: Float32Array;
}

const block = { queries: 256, keys: 4096 };

/** Σ x² of each row. */
function squaredNorms(rows: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, i) => {
    let sum = 0;
    for (let d = i * width; d < (i + 1) * width; d++) sum += (rows[d] as number) ** 2;
    return sum;
  });
}

/** `rows`, filled up with zeros to `count` rows. */
function filled(rows: Float32Array, count: number, width: number): Float32Array {
  if (rows.length === count * width) return rows;
  const all = new Float32Array(count * width);
  all.set(rows);
  return all;
}

/** Puts a key among the k nearest of query q, where it is one of them; of equal distances the earlier key stays first. */
function entered({ ids, distances }: Found, q: number, k: number, id: number, distance: number): void {
  let at = (q + 1) * k - 1;
  if (!(distance < (distances[at] as number))) return;
  for (; at > q * k && distance < (distances[at - 1] as number); at--) {
    ids[at] = ids[at - 1] as number;
    distances[at] = distances[at - 1] as number;
  }
  ids[at] = id;
  distances[at] = distance;
}

export class Nearest {
  #program: Promise<Program> | undefined;

  constructor(
    readonly engine: Engine,
    readonly keys: Keys,
  ) {}

  /** Shapes   queries [Q · D] */
  async of(queries: Float32Array, k: number): Promise<Found> {
    const { width, entries } = this.keys;
    const count = queries.length / width;
    const found = {
      ids: new Int32Array(count * k).fill(-1),
      distances: new Float32Array(count * k).fill(Number.POSITIVE_INFINITY),
    };
    const own = squaredNorms(queries, width);
    for (let from = 0; from < entries; from += block.keys) {
      const to = Math.min(entries, from + block.keys);
      const keys = this.keys.read(from, to);
      const norms = squaredNorms(keys, width);
      const padded = filled(keys, block.keys, width);
      for (let first = 0; first < count; first += block.queries) {
        const last = Math.min(count, first + block.queries);
        const asked = filled(queries.subarray(first * width, last * width), block.queries, width);
        const products = await this.#products(asked, padded);
        for (let q = first; q < last; q++) {
          const at = (q - first) * block.keys;
          for (let i = 0; i < to - from; i++) {
            const distance = (own[q] as number) + (norms[i] as number) - 2 * (products[at + i] as number);
            entered(found, q, k, from + i, Math.max(0, distance));
          }
        }
      }
    }
    return found;
  }

  async #products(queries: Float32Array, keys: Float32Array): Promise<Float32Array> {
    const { width } = this.keys;
    const inputs = { queries: float32([block.queries, width], queries), keys: float32([block.keys, width], keys) };
    this.#program ??= this.engine.compile(
      (given) => ({ products: tf.matMul(given.queries as tf.Tensor, given.keys as tf.Tensor, false, true) }),
      { name: `nearest[${width}]`, inputs },
    );
    const { products } = await (await this.#program).run(inputs);
    return products?.data as Float32Array;
  }

  dispose(): void {
    void this.#program?.then((program) => program.dispose());
  }
}
