import { describe, expect, it } from "vitest";
import { exponential } from "./exponential.js";

const differs = (x: number) => Math.abs(exponential(x) / Math.exp(x) - 1);

describe("the exponential of what is not positive", () => {
  it("is Math.exp to 4 · 2⁻⁵² from 0 to −700, where tables meet too", () => {
    const dense = Array.from({ length: 200_000 }, (_, i) => -(i * 0.0035 + (i % 7) * 1e-9));
    const seams = Array.from({ length: 90_000 }, (_, i) => (-(23 * i + 0.5) * Math.LN2) / 2048).filter((x) => x > -700);
    expect(
      Math.max(...[dense, seams].map((xs) => xs.reduce((worst, x) => Math.max(worst, differs(x)), 0))),
    ).toBeLessThan(4 * 2 ** -52);
  });

  it("is exactly 1 at 0, and exactly 0 at −∞ and below −700", () => {
    expect([exponential(0), exponential(-0), exponential(Number.NEGATIVE_INFINITY), exponential(-701)]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it("says so where it is asked about no number", () => {
    expect(exponential(Number.NaN)).toBeNaN();
  });
});
