import { expect, it } from "vitest";
import { holm } from "./holm.js";

it("multiplies the smallest by all, the next by one less, and never falls: Holm's own example", () => {
  // 0.005·4, 0.01·3, 0.03·2 = 0.06, then 0.04·1, which may not be below 0.06.
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
});

it("leaves one alone, and never passes 1", () => {
  expect(holm([0.03])).toEqual([0.03]);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});
