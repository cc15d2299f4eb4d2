import { describe, expect, it } from "vitest";
import { atEntropy, gainAtMatchedEntropy } from "./matchedEntropy.js";

const frontier = [
  { entropy: 5, genPpl: 400 },
  { entropy: 4, genPpl: 100 },
];

describe("the control at matched entropy", () => {
  it("is the teacher itself where a temperature was measured", () => {
    expect(atEntropy(frontier, 4)).toBeCloseTo(100);
    expect(atEntropy(frontier, 5)).toBeCloseTo(400);
  });

  it("is the geometric mean half-way between two temperatures", () => {
    expect(atEntropy(frontier, 4.5)).toBeCloseTo(200);
  });

  it("is not extrapolated", () => {
    expect(atEntropy(frontier, 3.9)).toBeUndefined();
    expect(atEntropy(frontier, 5.1)).toBeUndefined();
    expect(atEntropy([], 4)).toBeUndefined();
  });

  it("finds no gain in a student that a temperature equals", () => {
    expect(gainAtMatchedEntropy(frontier, { entropy: 4.5, genPpl: 200 })).toBeCloseTo(1);
    expect(gainAtMatchedEntropy(frontier, { entropy: 4.5, genPpl: 100 })).toBeCloseTo(2);
  });
});
