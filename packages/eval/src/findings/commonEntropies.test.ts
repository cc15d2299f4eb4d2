import { describe, expect, it } from "vitest";
import { commonEntropies, commonTable } from "./commonEntropies.js";
import type { Measured } from "./resampled.js";

const frontier = (...entropies: number[]): Measured[] =>
  entropies.map((entropy) => ({ sums: [10, 10], counts: [5, 5], entropies: [entropy, entropy] }));

describe("common entropies", () => {
  it("are round, and within what the teacher and at least one student reach", () => {
    expect(commonEntropies([frontier(4.31, 3.28), frontier(4.21, 3.94)])).toEqual([3.95, 4, 4.05, 4.1, 4.15, 4.2]);
    expect(commonEntropies([frontier(4.31, 3.9), frontier(4.21, 4.04), frontier(4.4, 4.1)])).toEqual([
      4.05, 4.1, 4.15, 4.2, 4.25, 4.3,
    ]);
    expect(commonEntropies([frontier(4.31, 2.9), frontier(4.2, 2.88)])).toEqual([3, 3.2, 3.4, 3.6, 3.8, 4, 4.2]);
    expect(commonEntropies([frontier(9.9, 0), frontier(9.7, 1.2)])).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("are none where no student has two temperatures, or none within the teacher's range", () => {
    expect(commonEntropies([frontier(4.3, 3.9), frontier(4.1)])).toEqual([]);
    expect(commonEntropies([frontier(4.3, 3.9), frontier(3.8, 3.2)])).toEqual([]);
    expect(commonEntropies([frontier(4.3, 3.9)])).toEqual([]);
    expect(commonEntropies([])).toEqual([]);
  });

  it("head the columns of the table, a line a student", () => {
    const gains = [
      { steps: 4, entropy: 4.1 },
      { steps: 4, entropy: 4.2, interval: { mean: 1.2, low: 1.1, high: 1.3, n: 9 } },
    ];
    expect(commonTable(4, [{ label: "round 1", gains }])).toEqual([
      ["gain at 4 steps, entropy", "4.1", "4.2"],
      ["round 1", "outside", "1.20 [1.10, 1.30] better"],
    ]);
  });
});
