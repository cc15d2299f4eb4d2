import { randomStream } from "@sdtt/core";
import { describe, expect, it } from "vitest";
import { bootstrap, bySharedSeeds, comparePaired, compareRatios, twoErrors, verdictOf } from "./compare.js";
import { mean, meanWithStderr } from "./statistics.js";

const lower = { lowerIsBetter: true };

describe("the verdict", () => {
  it("needs an interval without 0, and knows which way is better", () => {
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

  it("is of the pairs: differences −1, −1.1, −0.9 are sure although the values overlap", () => {
    const [ours, theirs] = [
      [9, 18.9, 31.1],
      [10, 20, 32],
    ];
    const { verdict, interval, level, n } = comparePaired(ours, theirs, lower);
    expect([verdict, level, n]).toEqual(["better", 0.95, 3]);
    // Mean −1, s = 0.1, t(2) = 4.303: ± 4.303 · 0.1/√3.
    expect(interval?.high).toBeCloseTo(-1 + (4.3027 * 0.1) / Math.sqrt(3), 4);
    expect(comparePaired(ours, [32, 10, 20], lower).verdict).toBe("cannot tell");
  });

  it("cannot tell from one pair, nor from a figure that is not a number", () => {
    expect(comparePaired([1], [2], lower)).toEqual({ verdict: "cannot tell", level: 0.95, n: 1 });
    expect(comparePaired([1, Number.NaN], [2, 2], lower).verdict).toBe("cannot tell");
    expect(() => comparePaired([1], [2, 3], lower)).toThrow("as many of one as of the other, got 1 and 2");
  });

  it("changes with the level", () => {
    const [ours, theirs] = [
      [1, 2, 4],
      [2, 4, 5],
    ];
    expect(comparePaired(ours, theirs, { ...lower, level: 0.9 }).verdict).toBe("better");
    expect(comparePaired(ours, theirs, { ...lower, level: 0.99 }).verdict).toBe("cannot tell");
  });
});

describe("shared seeds", () => {
  const ours = [
    { seed: 3, value: 30 },
    { seed: 1, value: 10 },
    { seed: 9, value: 5 },
  ];
  const theirs = [
    { seed: 1, value: 20 },
    { seed: 3, value: 60 },
    { seed: 4, value: 1 },
  ];

  it("make the pairs, in order of seed; others are left out", () => {
    expect(bySharedSeeds(ours, theirs)).toEqual([
      [10, 20],
      [30, 60],
    ]);
  });

  it("compare perplexities by their ratio: halves are ln 1/2, without spread", () => {
    const { verdict, interval } = compareRatios(ours, theirs, lower);
    expect([verdict, interval?.mean]).toEqual(["better", expect.closeTo(-Math.LN2)]);
  });
});

it("errors over samples and over seeds are two figures: 1 and 3 with 0.3 and 0.4 have √0.125 and 1", () => {
  const { value, overSamples, overSeeds, seeds } = twoErrors([
    { value: 1, stderr: 0.3 },
    { value: 3, stderr: 0.4 },
  ]);
  expect([value, seeds, overSamples, overSeeds]).toEqual([2, 2, expect.closeTo(Math.sqrt(0.125)), expect.closeTo(1)]);
  expect(twoErrors([{ value: 1, stderr: 0.3 }]).overSeeds).toBeNaN();
});

describe("the bootstrap", () => {
  const values = Array.from(randomStream(1).normals(200));
  const meanOf = (indices: Int32Array) => mean(Array.from(indices, (i) => values[i] as number));
  const options = () => ({ random: randomStream(2), resamples: 2000 });

  it("gives a mean the interval that theory gives it, and the same one each time", () => {
    const { value, stderr } = meanWithStderr(values);
    const interval = bootstrap(200, meanOf, options());
    expect(interval?.mean).toBeCloseTo(value, 12);
    expect(interval?.low).toBeCloseTo(value - 1.96 * stderr, 1);
    expect((interval?.high as number) - (interval?.low as number)).toBeCloseTo(2 * 1.96 * stderr, 1);
    expect(bootstrap(200, meanOf, options())).toEqual(interval);
  });

  it("is wider at a higher level, and refuses too few items and a statistic that often does not exist", () => {
    const width = (level: number) => {
      const { low, high } = bootstrap(200, meanOf, { ...options(), level }) as { low: number; high: number };
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(1.2 * width(0.9));
    expect(bootstrap(7, meanOf, options())).toBeUndefined();
    expect(bootstrap(20, (indices) => (indices[0] === 0 ? 1 : undefined), options())).toBeUndefined();
  });
});
