/** @file Statistics against values worked out by hand, and Student's t against printed tables. */
import { describe, expect, it } from "vitest";
import {
  expOf,
  meanWithStderr,
  ratioWithStderr,
  shareWithStderr,
  studentProbability,
  studentQuantile,
  tInterval,
} from "./statistics.js";

describe("meanWithStderr", () => {
  it("is s/√n: 2, 4, 9 have mean 5, s² = 13, stderr √(13/3)", () => {
    const { value, stderr } = meanWithStderr([2, 4, 9]);
    expect(value).toBe(5);
    expect(stderr).toBeCloseTo(Math.sqrt(13 / 3), 14);
  });

  it("has no standard error for one value", () => {
    expect(meanWithStderr([3])).toEqual({ value: 3, stderr: Number.NaN });
  });
});

describe("ratioWithStderr", () => {
  it("weighs samples by their counts: (6 + 2)/(3 + 1) = 2 with residuals 0, 0", () => {
    expect(ratioWithStderr([6, 2], [3, 1])).toEqual({ value: 2, stderr: 0 });
  });

  it("is √(n/(n−1)·Σ(s − R·c)²)/Σc: sums 1, 4, 4 and counts 1, 1, 2 give R = 9/4, residuals −5/4, 7/4, −1/2", () => {
    const { value, stderr } = ratioWithStderr([1, 4, 4], [1, 1, 2]);
    expect(value).toBe(2.25);
    expect(stderr).toBeCloseTo(Math.sqrt((3 / 2) * (25 / 16 + 49 / 16 + 4 / 16)) / 4, 14);
  });

  it("is the ordinary mean and its error where all counts are one", () => {
    const { value, stderr } = ratioWithStderr([2, 4, 9], [1, 1, 1]);
    expect(value).toBeCloseTo(5, 14);
    expect(stderr).toBeCloseTo(meanWithStderr([2, 4, 9]).stderr, 14);
  });

  it("is NaN where nothing was counted", () => {
    expect(ratioWithStderr([0, 0], [0, 0]).value).toBeNaN();
  });
});

describe("expOf and shareWithStderr", () => {
  it("scale the error by the slope, and give a share its binomial error", () => {
    const { value, stderr } = expOf({ value: Math.log(7), stderr: 0.1 });
    expect(value).toBeCloseTo(7, 12);
    expect(stderr).toBeCloseTo(0.7, 12);
    expect(shareWithStderr(2, 8)).toEqual({ value: 0.25, stderr: Math.sqrt((0.25 * 0.75) / 8) });
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
