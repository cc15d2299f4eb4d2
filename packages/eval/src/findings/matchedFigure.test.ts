import { describe, expect, it } from "vitest";
import { type FigureAt, figureAtEntropy, matchedFigureText } from "./matchedFigure.js";

const at = (entropy: number, value: number, stderr = 0.01, entropyStderr = 0): FigureAt => {
  return { entropy, value, stderr, entropyStderr };
};

describe("a figure at matched entropy", () => {
  const frontier = [at(4.3, 0.05), at(4.1, 0.09), at(3.9, 0.2)];

  it("is beside the control's between the two temperatures of its entropy: at 4.2 half of 0.05 and 0.09", () => {
    const found = figureAtEntropy(frontier, at(4.2, 0.1));
    expect(found).toEqual({
      own: 0.1,
      control: expect.closeTo(0.07),
      difference: expect.closeTo(0.03),
      stderr: expect.closeTo(Math.sqrt(0.01 ** 2 + 2 * 0.005 ** 2)),
    });
    expect(found && matchedFigureText(found)).toBe("0.100 for 0.0700, +0.0300 [0.00600, 0.0540]");
  });

  it("is as uncertain as its place on the chord is: slope times the entropies' errors", () => {
    const found = figureAtEntropy([at(4.3, 0.05, 0), at(4.1, 0.09, 0)], at(4.2, 0.1, 0, 0.1));
    expect(found?.stderr).toBeCloseTo(0.2 * 0.1);
  });

  it("is not given outside of the control's temperatures, nor beside a single one", () => {
    expect([4.31, 3.89].map((entropy) => figureAtEntropy(frontier, at(entropy, 0.1)))).toEqual([undefined, undefined]);
    expect(figureAtEntropy([at(4.2, 0.1)], at(4.2, 0.1))).toBeUndefined();
  });
});
