import { describe, expect, it } from "vitest";
import { learningRateAt, samePast, scheduleNames } from "./learningRate.js";

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

describe("wsd", () => {
  const wsd = { name: "wsd", ...options, decay: 20 } as const;
  const rates = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => learningRateAt(from + i, wsd));

  it("stays at the peak until its decay, then falls as 1 − √ of the share that is done, above 0 to the last update", () => {
    expect(new Set(rates(5, 84))).toEqual(new Set([2]));
    expect(learningRateAt(89, wsd)).toBeCloseTo(2 * (1 - Math.sqrt(5 / 21)), 12);
    expect(learningRateAt(104, wsd)).toBeCloseTo(2 * (1 - Math.sqrt(20 / 21)), 12);
    const falling = rates(84, 104);
    for (const [i, rate] of falling.slice(1).entries()) expect(rate).toBeLessThan(falling[i] as number);
    expect(Math.min(...falling)).toBeGreaterThan(0);
  });

  it("has the same past under another end up to its decay, and cosine under no other", () => {
    const longer = { ...wsd, updates: 500, decay: 50 };
    expect([84, 85].map((done) => samePast(done, wsd, longer))).toEqual([true, false]);
    expect([4, 5].map((done) => samePast(done, { ...wsd, name: "cosine" }, { ...longer, name: "cosine" }))).toEqual([
      true,
      false,
    ]);
    expect(samePast(104, { ...wsd, name: "constant" }, { ...longer, name: "constant" })).toBe(true);
  });
});
