/** @file Sample entropy against values worked out by hand. */
import { expect, it } from "vitest";
import { meanSampleEntropy, sampleEntropy } from "./entropy.js";

it("is ln 4 for four different tokens and 0 for one repeated", () => {
  expect(sampleEntropy([7, 8, 9, 10])).toBeCloseTo(Math.log(4), 14);
  expect(sampleEntropy([3, 3, 3, 3])).toBeCloseTo(0, 14);
});

it("is 3/2 ln 2 for counts 2, 1, 1, whatever the order", () => {
  expect(sampleEntropy([5, 6, 5, 7])).toBeCloseTo(1.5 * Math.log(2), 14);
  expect(sampleEntropy([5, 5, 6, 7])).toBeCloseTo(1.5 * Math.log(2), 14);
});

it("is averaged over samples, not over their pooled tokens", () => {
  const { value, stderr } = meanSampleEntropy([
    [1, 1],
    [1, 2],
  ]);
  expect(value).toBeCloseTo(Math.log(2) / 2, 14);
  expect(stderr).toBeCloseTo(Math.log(2) / 2, 14);
});
