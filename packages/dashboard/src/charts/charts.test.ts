import { describe, expect, it } from "vitest";
import { kindOf } from "./data/metrics.js";
import { estimate, estimateOf, studentQuantile } from "./data/statistics.js";
import { fromJson, toJson } from "./data/wire.js";
import { limitsOf, logTicks, powersOfTwo } from "./drawing/axes.js";
import { formatEstimate, formatNumber } from "./drawing/format.js";
import { lookOf, themes } from "./drawing/theme.js";

describe("estimate", () => {
  it("is the geometric mean with a t-interval on the log scale", () => {
    const values = [100, 110, 121].map((value) => ({ value, stderr: 5 }));
    const { mean, low, high, n, over } = estimate(values, "log");
    const half = (4.303 * Math.log(1.1)) / Math.sqrt(3);
    expect([mean, low, high]).toEqual(
      [110, 110 * Math.exp(-half), 110 * Math.exp(half)].map((x) => expect.closeTo(x, 6)),
    );
    expect([n, over]).toEqual([3, "seeds"]);
  });

  it("takes a single replicate's own standard error and says so, and never reaches zero on the log scale", () => {
    expect(estimate([{ value: 4, stderr: 1 }], "linear")).toEqual({
      mean: 4,
      low: 2.04,
      high: 5.96,
      n: 1,
      over: "samples",
    });
    expect(estimate([{ value: 1, stderr: 10 }], "log").low).toBeGreaterThan(0);
    expect(estimate([{ value: 4, stderr: null }], "log")).toMatchObject({ low: Number.NaN, over: "nothing" });
  });

  it("says what a single replicate's error is over: samples, clusterings of MAUVE, runs of a timing", () => {
    const over = (metric: string) =>
      formatEstimate(estimateOf(metric, [{ value: 1, stderr: 0.1 }]))
        .split(", ")
        .at(-1);
    expect(["gen-ppl", "mauve", "ms-per-sample"].map(over)).toEqual(["over samples", "over clusterings", "over runs"]);
    expect(["gen-ppl", "mauve", "ms-per-sample", "lambada-accuracy"].map((metric) => kindOf(metric).better)).toEqual([
      ...["lower", "higher", "lower", "higher"],
    ]);
  });

  it("stays NaN when a replicate is", () => {
    expect(
      estimate(
        [
          { value: Number.NaN, stderr: null },
          { value: 3, stderr: null },
        ],
        "log",
      ).mean,
    ).toBeNaN();
  });

  it("uses Student's quantiles, beyond the table too", () => {
    expect([1, 2, 30, 60, 120].map(studentQuantile)).toEqual(
      [12.706, 4.303, 2.042, 2.0003, 1.9799].map((x) => expect.closeTo(x, 2)),
    );
  });
});

describe("axes", () => {
  it("has ticks at the powers of two that cover the steps", () => {
    expect(powersOfTwo([4, 64, 12])).toEqual([4, 8, 16, 32, 64]);
    expect(powersOfTwo([6])).toEqual([4, 8]);
  });

  it("has at least three ticks for a perplexity, over one decade or many", () => {
    expect(logTicks({ min: 1, max: 1000 })).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(logTicks({ min: 30, max: 240 })).toEqual([30, 50, 70, 100, 150, 200]);
    expect(logTicks({ min: 63, max: 94 })).toEqual([70, 80, 90]);
  });

  it("ignores what cannot be drawn", () => {
    const { min, max } = limitsOf([10, Number.NaN, Number.POSITIVE_INFINITY, -1, 100], "log");
    expect(min).toBeGreaterThan(5);
    expect(max).toBeLessThan(200);
    expect(limitsOf([], "log")).toEqual({ min: 1, max: 100 });
  });
});

describe("looks", () => {
  it("tells the first six rounds apart by marker alone, and all but the teacher by colour alone", () => {
    for (const theme of Object.values(themes)) {
      const looks = [0, 1, 2, 3, 4, 5].map((round) => lookOf(theme, round, 0));
      expect(new Set(looks.map(({ marker }) => JSON.stringify(marker))).size).toBe(6);
      expect(new Set(looks.map(({ color }) => color)).size).toBe(6);
    }
  });

  it("gives no two of the first eighteen rounds the same colour and marker", () => {
    const looks = Array.from({ length: 18 }, (_, i) => lookOf(themes.light, i + 1, 0));
    expect(new Set(looks.map(({ color, marker }) => `${color} ${JSON.stringify(marker)}`)).size).toBe(18);
  });

  it("dashes the teacher and no student's first line", () => {
    expect(lookOf(themes.light, 0, 0).dash).not.toEqual([]);
    expect(lookOf(themes.light, 1, 0).dash).toEqual([]);
    expect(lookOf(themes.light, 1, 1).dash).not.toEqual([]);
  });
});

describe("numbers", () => {
  it("are read with three digits, and as words when they are none", () => {
    const shown = [0.01234, 12.345, 1234.5, 1234567, Number.NaN, Number.NEGATIVE_INFINITY, null].map(formatNumber);
    expect(shown).toEqual(["0.0123", "12.3", "1235", "1.23e+6", "NaN", "−∞", "–"]);
    expect(formatEstimate(estimate([{ value: 4, stderr: 1 }], "linear"))).toBe(
      "4.00 [2.04, 5.96], n = 1, over samples",
    );
  });

  it("cross the wire whole, and text that looks like them stays text", () => {
    const value = { a: Number.NaN, b: [Number.POSITIVE_INFINITY, -1.5, null], c: "NaN", d: { $other: "1" } };
    expect(fromJson(toJson(value))).toEqual(value);
  });
});
