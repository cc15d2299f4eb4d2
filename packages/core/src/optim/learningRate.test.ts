import { expect, it } from "vitest";
import { learningRateAt, scheduleNames } from "./learningRate.js";

const options = { peak: 2, warmup: 4, updates: 104 };

it.each(scheduleNames)("rises in a line to the peak, from the first update on (%s)", (name) => {
  const rates = [1, 2, 3, 4].map((n) => learningRateAt(n, { name, ...options }));
  expect(rates).toEqual([0.5, 1, 1.5, 2]);
});

it("stays at the peak when constant", () => {
  expect([5, 50, 1000].map((n) => learningRateAt(n, { name: "constant", ...options }))).toEqual([2, 2, 2]);
});

it("falls along a cosine to a tenth of the peak, and stays there", () => {
  const at = (n: number) => learningRateAt(n, { name: "cosine", ...options });
  expect(at(54)).toBeCloseTo(2 * 0.55, 12);
  expect(at(104)).toBeCloseTo(0.2, 12);
  expect(at(500)).toBeCloseTo(0.2, 12);
  for (let n = 5; n <= 104; n++) expect(at(n)).toBeLessThan(at(n - 1));
});

it.each(scheduleNames)("needs no warm-up (%s)", (name) => {
  expect(learningRateAt(1, { name, peak: 1, warmup: 0, updates: 1 })).toBeGreaterThan(0);
});
