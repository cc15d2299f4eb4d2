import { expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { capacityFor, padPositions } from "./capacity.js";

it("takes the smallest of five capacities that holds the rows", () => {
  expect([0, 1, 16, 17, 32, 33, 64, 65, 80, 81, 128].map((count) => capacityFor(count, 128))).toEqual([
    16, 16, 16, 32, 32, 64, 64, 80, 80, 128, 128,
  ]);
});

it("never takes a capacity that is too small, whatever the total", () => {
  for (let total = 1; total < 60; total++) {
    for (let count = 0; count <= total; count++) {
      const capacity = capacityFor(count, total);
      expect(capacity).toBeGreaterThanOrEqual(count);
      expect(capacity).toBeLessThanOrEqual(total);
    }
  }
});

it("keeps the chosen positions first, and repeats no position", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = randomStream(seed);
    const chosen = Array.from(random.permutation(40).subarray(0, random.integer(41)));
    const padded = padPositions(chosen, capacityFor(chosen.length, 40), 40);
    expect(Array.from(padded.subarray(0, chosen.length))).toEqual(chosen);
    expect(new Set(padded).size).toBe(padded.length);
    expect(Math.min(...padded)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...padded)).toBeLessThan(40);
  }
});
