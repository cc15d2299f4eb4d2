import { describe, expect, it } from "vitest";
import { meanWithStderr } from "./mean.js";
import type { Effect } from "./randomEffects.js";
import { bySharedSeeds, familyVerdicts, lnRatios, pairedByItem, verdictOf } from "./verdict.js";

it("an interval's own verdict needs one without 0, and knows which way is better", () => {
  expect(verdictOf({ low: -2, high: -1 }, true)).toBe("better");
  expect(verdictOf({ low: -2, high: -1 }, false)).toBe("worse");
  expect(verdictOf({ low: 1, high: 2 }, false)).toBe("better");
  for (const interval of [
    { low: -1, high: 1 },
    { low: 0, high: 1 },
    { low: Number.NaN, high: Number.NaN },
  ])
    expect(verdictOf(interval, true)).toBe("cannot tell");
});

const effect = (mean: number, stderr = 1): Effect => {
  return { mean, stderr, degrees: Number.POSITIVE_INFINITY, n: 3, ofTrainings: 0, over: "samples" };
};

describe("verdicts of a family", () => {
  it("are those of single comparisons where there is one", () => {
    expect([2, -2, 1.9].map((mean) => familyVerdicts([effect(mean)])[0])).toEqual(["better", "worse", "cannot tell"]);
  });

  it("need more of each where there are many: 2 standard errors tell nothing of ten", () => {
    const nine = Array.from({ length: 9 }, () => effect(0.5));
    expect(familyVerdicts([effect(2), ...nine])[0]).toBe("cannot tell");
    // p = 0.0047 of 2.83 standard errors, times ten.
    expect(familyVerdicts([effect(2.83), ...nine])[0]).toBe("better");
    expect(familyVerdicts([effect(2.79), ...nine])[0]).toBe("cannot tell");
  });

  it("leave out what could not be compared, and cannot tell what has no error", () => {
    expect(familyVerdicts([undefined, effect(3), effect(3, Number.NaN)])).toEqual([undefined, "better", "cannot tell"]);
  });
});

describe("shared seeds", () => {
  const row = (seed: number, value: number) => ({ seed, value, stderr: 0.1 * value, model: `model ${seed}` });
  const ours = [row(3, 30), row(1, 10), row(9, 5)];
  const theirs = [row(1, 20), row(3, 60), row(4, 1)];

  it("make the pairs, in order of seed; others are left out", () => {
    expect(bySharedSeeds(ours, theirs).map(([a, b]) => [a.value, b.value])).toEqual([
      [10, 20],
      [30, 60],
    ]);
  });

  it("are refused where one comes twice: two teachers are never two seeds", () => {
    expect(() => bySharedSeeds(ours, [...theirs, row(1, 21)])).toThrow(
      "each must be there once to be paired, got seed 1 twice",
    );
  });

  it("compare perplexities by their ratio: halves are ln 1/2, with both errors", () => {
    const error = expect.closeTo(Math.hypot(0.1, 0.1), 12);
    expect(lnRatios(ours, theirs)).toEqual([
      { value: expect.closeTo(-Math.LN2), stderr: error, model: "model 1" },
      { value: expect.closeTo(-Math.LN2), stderr: error, model: "model 3" },
    ]);
    expect(lnRatios([{ ...row(1, 1), stderr: null }], theirs)[0]?.stderr).toBeNull();
  });
});

describe("models on the same items", () => {
  const nats = [1, 2, 4, 8, 16];
  const ours = nats.map((one, i) => one + (i % 2 === 0 ? 0.5 : 0.3));

  it("are compared item by item, so that how hard the items are cancels", () => {
    const { value, stderr } = pairedByItem({ sums: ours }, { sums: nats }, "ours");
    expect(value).toBeCloseTo(0.42, 12);
    expect(stderr).toBeCloseTo(meanWithStderr([0.5, 0.3, 0.5, 0.3, 0.5]).stderr, 12);
    expect(stderr).toBeLessThan(0.02 * meanWithStderr(nats).stderr);
  });

  it("differ by the logarithm of their perplexities' ratio where items have tokens", () => {
    const counts = [1, 2, 2, 3, 4];
    const lnPpl = (sums: readonly number[]) => sums.reduce((a, b) => a + b) / 12;
    const { value } = pairedByItem({ sums: ours, counts }, { sums: nats, counts }, "ours");
    expect(value).toBeCloseTo(lnPpl(ours) - lnPpl(nats), 12);
  });

  it("must have answered the same ones", () => {
    expect(() => pairedByItem({ sums: ours }, { sums: [1, 2] }, "ours")).toThrow(
      "two or more must be shared, got 5 and 2",
    );
  });
});
