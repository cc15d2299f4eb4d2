/** @file Means and their errors against values worked out by hand. */
import { describe, expect, it } from "vitest";
import {
  expOf,
  geometricMean,
  meanWithStderr,
  median,
  quantilesOf,
  ratioCorrelation,
  ratioWithStderr,
  shareWithStderr,
} from "./mean.js";

describe("medians and means", () => {
  it("take values in any order, half-way between the two in the middle", () => {
    expect([median([5, 1, 3]), median([4, 1, 3, 2]), quantilesOf([1, 2, 3, 4, 5])(0.25)]).toEqual([3, 2.5, 2]);
    expect(median([])).toBeNaN();
    expect(median([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });

  it("are geometric by logarithms: 1, 10, 100 have 10", () => {
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 12);
  });
});

describe("ratioCorrelation", () => {
  it("is Pearson's where all counts are one: 1, 2, 3 with 1, 3, 2 have 1/2", () => {
    expect(ratioCorrelation([1, 2, 3], [1, 1, 1], [1, 3, 2])).toBeCloseTo(0.5, 14);
    expect(ratioCorrelation([1, 2, 3], [2, 2, 2], [6, 4, 2])).toBeCloseTo(-1, 14);
  });

  it("is of what each sample adds to the ratio, not of its sum: sums in proportion to counts add nothing", () => {
    // R = 2: residuals −1, 0, 1 beside 4, 5, 9.
    expect(ratioCorrelation([1, 4, 7], [1, 2, 3], [4, 5, 9])).toBeCloseTo(5 / Math.sqrt(2 * 14), 14);
    expect(ratioCorrelation([2, 4, 6], [1, 2, 3], [4, 5, 9])).toBeNaN();
  });
});

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
