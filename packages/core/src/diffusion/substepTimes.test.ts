import { expect, it } from "vitest";
import { substepTimes, timeEps, timeGridNames } from "./substepTimes.js";

it("steps down from t by Δ on the paper's grid", () => {
  expect(substepTimes("paper", 0.5, 0.125, 4)).toEqual([0.5, 0.375, 0.25, 0.125]);
});

it("is t·s + (1 − t)·(t − mΔ) on the published code's grid, which begins above t", () => {
  const [first, second] = substepTimes("published-code", 0.5, 0.001, 2);
  expect(first).toBeCloseTo(0.749, 12);
  expect(second).toBeCloseTo(0.249, 12);
});

it("agrees on both grids at t = 1 for where it starts", () => {
  for (const name of timeGridNames) expect(substepTimes(name, 1, 0.1, 3)[0]).toBe(1);
});

it.each(timeGridNames)("never goes below the smallest time, nor up again (%s)", (name) => {
  for (const t of [1e-5, 0.01, 0.2, 0.7, 1]) {
    for (const substeps of [1, 2, 4, 8]) {
      const times = substepTimes(name, t, 0.1, substeps);
      expect(times).toHaveLength(substeps);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(timeEps);
      expect(times).toEqual([...times].sort((a, b) => b - a));
    }
  }
});
