/**
 * @file The order in which an epoch gives its rows: drawn in full, or computed row by row when there are too many.
 *
 * Up to 4 million rows a permutation is drawn, 4 bytes a row. Beyond, a Feistel network over the next power of four,
 * walked until it falls below the count, is a permutation that needs no memory: 18 GB of OpenWebText at length 1 024
 * are 8.8 million rows.
 */
import type { RandomStream } from "../../base/random.js";

export interface RowOrder {
  readonly length: number;
  at(index: number): number;
}

const mostDrawn = 1 << 22;
const rounds = 6;

/**
 * A permutation of 0 … count − 1.
 *
 * Holds    each row comes once
 */
export function rowOrder(random: RandomStream, count: number, drawn = mostDrawn): RowOrder {
  if (count <= drawn) {
    const order = random.permutation(count);
    return { length: count, at: (index) => order[index] as number };
  }
  const halfBits = Math.ceil(Math.log2(count) / 2);
  const keys = new Uint32Array(random.bytes(4 * rounds).buffer);
  return {
    length: count,
    at(index) {
      let value = index;
      do value = feistel(value, halfBits, keys);
      while (value >= count);
      return value;
    },
  };
}

/** One pass over two halves of `halfBits` bits each; it can be undone, hence no two values meet. */
function feistel(value: number, halfBits: number, keys: Uint32Array): number {
  const size = 2 ** halfBits;
  let left = Math.floor(value / size);
  let right = value % size;
  for (const key of keys) [left, right] = [right, (left ^ mix(right, key)) & (size - 1)];
  return left * size + right;
}

/** 32 bits of which each depends on all of x and key. Source: murmur3's finaliser. */
function mix(x: number, key: number): number {
  let h = x ^ key;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
