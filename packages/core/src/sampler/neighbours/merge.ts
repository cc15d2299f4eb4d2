/**
 * @file Greedy merging: an entry takes in those of its nearest neighbours that say the same token, and counts for them.
 *
 * Source   arXiv 2109.04212 §4.2: entries one after the other, each neighbour once; the key that stays is the earlier entry's
 */
import type { Found } from "./nearest.js";

export interface Merged {
  /** Entries that stay, ascending. */
  readonly kept: Int32Array;
  /** How many entries each of them stands for; they sum to all there were. */
  readonly counts: Float32Array;
}

/**
 * @param found of each entry its k nearest, itself among them or not
 */
export function mergedEntries(tokens: Int32Array, { ids }: Pick<Found, "ids">): Merged {
  const entries = tokens.length;
  const k = ids.length / entries;
  const counts = new Float32Array(entries).fill(1);
  for (let i = 0; i < entries; i++) {
    if (counts[i] === 0) continue;
    for (const other of ids.subarray(i * k, (i + 1) * k)) {
      if (other <= i || tokens[other] !== tokens[i] || counts[other] === 0) continue;
      counts[i] = (counts[i] as number) + (counts[other] as number);
      counts[other] = 0;
    }
  }
  const kept = Int32Array.from(counts.keys()).filter((i) => counts[i] !== 0);
  return { kept, counts: Float32Array.from(kept, (i) => counts[i] as number) };
}
