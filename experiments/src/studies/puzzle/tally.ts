/**
 * @file What rows that were sampled say of a sampler: how many solve the puzzle, how many solutions there are among them,
 * and how evenly they are drawn.
 */

import { rowKey, rowNumbers } from "../world.js";
import type { Puzzle } from "./squares.js";

export interface Tally {
  readonly samples: number;
  /** Samples that are rows of the world. */
  readonly valid: number;
  /** Different rows among them. */
  readonly distinct: number;
  /** Of the law of valid rows, nats; ln N for an even one. NaN where none is valid. */
  readonly entropy: number;
}

/**
 * Counts samples.
 *
 * Entropy is Σ −p ln p of the shares found, and (distinct − 1)/(2·valid) for what a finite sample lacks, at most ln N.
 * Source   Miller 1955, Note on the bias of information estimates
 */
export function tallyOf(puzzle: Puzzle, samples: readonly ArrayLike<number>[]): Tally {
  const numbers = rowNumbers(puzzle);
  const counts = new Map<number, number>();
  for (const ids of samples) {
    const number = numbers.get(rowKey(ids));
    if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const found = [...counts.values()];
  const valid = found.reduce((sum, count) => sum + count, 0);
  const plain = found.reduce((sum, count) => sum - (count / valid) * Math.log(count / valid), 0);
  const corrected = plain + (found.length - 1) / (2 * valid);
  const entropy = valid === 0 ? Number.NaN : Math.min(corrected, Math.log(puzzle.rows.length));
  return { samples: samples.length, valid, distinct: found.length, entropy };
}

/** How many of N equally likely rows n draws are expected to meet. */
export const expectedDistinct = (rows: number, draws: number): number => rows * (1 - (1 - 1 / rows) ** draws);
