/** @file Student's t and the normal distribution against closed forms and printed tables. */
import { describe, expect, it } from "vitest";
import { tInterval } from "./interval.js";
import { normalProbability, normalQuantile, pValue, studentProbability, studentQuantile } from "./student.js";

describe("the normal distribution", () => {
  it.each([
    [1, 0.682689492137],
    [1.96, 0.950004209704],
    [3, 0.997300203937],
    [6, 1 - 1.973175290075e-9],
  ])("has the tabulated chance to be within %f", (z, chance) => {
    expect(normalProbability(z)).toBeCloseTo(chance, 11);
    expect(normalProbability(-z)).toBe(normalProbability(z));
  });

  it("is what Student's t comes to, and 1.959964 is its quantile", () => {
    expect(normalQuantile()).toBeCloseTo(1.959964, 6);
    expect(studentQuantile(90_000)).toBeCloseTo(normalQuantile(), 4);
  });
});

describe("Student's t", () => {
  it("has the closed forms of one and two degrees of freedom", () => {
    expect(studentProbability(1, 1)).toBeCloseTo(0.5, 14);
    expect(studentProbability(1.5, 2)).toBeCloseTo(1.5 / Math.sqrt(2 + 1.5 ** 2), 14);
  });

  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [120, 1.98],
    [100000, 1.96],
  ])("has the tabulated 97.5 %% quantile for %i degrees: %f", (degrees, quantile) => {
    expect(studentQuantile(degrees)).toBeCloseTo(quantile, 3);
  });

  it("has the tabulated 99.5 % quantile for 5 degrees", () => {
    expect(studentQuantile(5, 0.99)).toBeCloseTo(4.032, 3);
  });
});

describe("the p-value", () => {
  it("is the chance outside, and of degrees between two numbers the more careful one", () => {
    expect(pValue(studentQuantile(3), 3)).toBeCloseTo(0.05, 10);
    expect(pValue(2, 7.9)).toBe(pValue(2, 7));
    expect(pValue(1, Number.POSITIVE_INFINITY)).toBeCloseTo(1 - 0.682689492137, 10);
  });
});

describe("tInterval", () => {
  it("is mean ± t·stderr: 1, 2, 3 give 2 ± 4.303/√3", () => {
    const { mean, low, high, n } = tInterval([1, 2, 3]);
    expect([mean, n]).toEqual([2, 3]);
    expect(high - 2).toBeCloseTo(4.3027 / Math.sqrt(3), 4);
    expect(2 - low).toBeCloseTo(high - 2, 12);
  });

  it("refuses a single value instead of giving an interval of no width", () => {
    expect(() => tInterval([1])).toThrow("an interval needs two values or more, got 1");
  });
});
