import { expect, it } from "vitest";
import { fewerSamplesAt, samplesAt } from "./samplesAt.js";

it("gives few-step cells more samples, unless told how many", () => {
  expect([1, 4, 8, 16, 32, 64, 1024].map((steps) => samplesAt(steps))).toEqual([512, 512, 256, 128, 64, 32, 32]);
  expect([4, 64].map((steps) => samplesAt(steps, 10))).toEqual([10, 10]);
  expect([1, 4, 8, 16, 32, 64].map((steps) => fewerSamplesAt(steps))).toEqual([256, 256, 128, 64, 32, 32]);
});
