/**
 * @file Chains of three positions over two tokens, what samplers draw of them, and whether that is a law and not another.
 */
import { expect } from "vitest";
import { allSequences, type Chain, chainProbability } from "./chain.fixture.js";
import { chiSquared } from "./chiSquared.fixture.js";

export const chain: Chain = {
  length: 3,
  first: [0.7, 0.3],
  next: [
    [0.9, 0.1],
    [0.25, 0.75],
  ],
};

/** As long, and far from it: a network that is not right of `chain`. */
export const other: Chain = {
  length: 3,
  first: [0.4, 0.6],
  next: [
    [0.35, 0.65],
    [0.8, 0.2],
  ],
};

export const sequences = allSequences(2, 3);
/** The law of `chain`. [8], in the order of `sequences` */
export const truth = sequences.map((x) => chainProbability(chain, x));

/** How often each of `sequences` was drawn. */
export function countsOf(ids: Int32Array): number[] {
  const counts = sequences.map(() => 0);
  for (let at = 0; at < ids.length; at += 3) {
    const cell = ids.subarray(at, at + 3).reduce((value, digit) => 2 * value + digit, 0);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

/** That counts are of one law, and so many that they are not taken for another. */
export function expectLaw(counts: readonly number[], law: readonly number[], not: readonly number[]): void {
  const [own, foreign] = [chiSquared(counts, law), chiSquared(counts, not)];
  expect(own.statistic).toBeLessThan(own.limit);
  expect(foreign.statistic).toBeGreaterThan(foreign.limit);
}
