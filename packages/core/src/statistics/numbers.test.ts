import { expect, it } from "vitest";
import { formatEstimate, formatFigure, formatNumber, formatStepsNeeded, formatWithError } from "./numbers.js";

it("shows three digits and never hides what is no number", () => {
  const shown = [0.01234, 1.234, 12.34, 99.96, 123.4, 12345.6, 999_499, 1234567, 0, -0.1, Number.NaN];
  expect([...shown, Number.NEGATIVE_INFINITY, null].map(formatNumber)).toEqual([
    ...["0.0123", "1.23", "12.3", "100", "123", "12346", "999499", "1.23e+6", "0", "−0.100", "NaN", "−∞", "–"],
  ]);
});

it("shows 2 of 5 153 as what it is and not as nothing", () => {
  expect(formatNumber(2 / 5153)).toBe("3.88e-4");
  expect(formatWithError({ value: 2 / 5153, stderr: 2.74e-4 })).toBe("3.88e-4 ± 2.74e-4");
});

it("leaves out an error or an interval that is not known, and says what an interval is over", () => {
  expect(formatWithError({ value: 42.31, stderr: 1.2 })).toBe("42.3 ± 1.20");
  expect(formatWithError({ value: 42.31, stderr: Number.NaN })).toBe("42.3");
  const found = { mean: 42.31, low: 40, high: 45, n: 3, over: "seeds" } as const;
  expect(formatEstimate(found)).toBe("42.3 [40.0, 45.0], n = 3");
  expect(formatEstimate({ ...found, n: 1, over: "items" })).toBe("42.3 [40.0, 45.0], n = 1, over items");
  expect(formatEstimate({ ...found, low: Number.NaN, high: Number.NaN, over: "nothing" })).toBe("42.3, n = 3");
});

it("shows an end that was not reached as open", () => {
  const measured = [4, 128] as const;
  const shown = (value: number, low: number, high: number) =>
    formatStepsNeeded({ steps: { value, low, high }, measured });
  expect(shown(5.174, 4.62, 5.9)).toBe("5.17 [4.62, 5.90]");
  expect(shown(60, 31, Number.POSITIVE_INFINITY)).toBe("60.0 [31.0, > 128]");
  expect(shown(Number.POSITIVE_INFINITY, 90, Number.POSITIVE_INFINITY)).toBe("> 128 [90.0, > 128]");
  expect(shown(0, 0, 4.5)).toBe("< 4.00 [< 4.00, 4.50]");
  expect(shown(5.174, Number.NaN, Number.NaN)).toBe("5.17");
});

it("shows a share of items with its interval, at none of them too", () => {
  const accuracy = { metric: "lambada-accuracy", stderr: 0, n: 5153 };
  expect(formatFigure({ ...accuracy, value: 0 })).toBe("0 [0, 5.81e-4]");
  expect(formatFigure({ ...accuracy, value: 2 / 5153 })).toMatch(/^3\.88e-4 \[6\.\d+e-5, 0\.00128\]$/);
  expect(formatFigure({ metric: "lambada-ppl", value: 42.31, stderr: 1.2, n: 9 })).toBe("42.3 ± 1.20");
});
