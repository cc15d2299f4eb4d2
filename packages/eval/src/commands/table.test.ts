/** @file Numbers of the terminal. */
import { expect, it } from "vitest";
import { formatEstimate, formatNumber } from "./table.js";

it("shows three digits and never hides what is no number", () => {
  const shown = [0.01234, 1.234, 12.34, 123.4, 12345.6, 1234567, Number.NaN, Number.POSITIVE_INFINITY].map(
    formatNumber,
  );
  expect(shown).toEqual(["0.012", "1.23", "12.3", "123", "12346", "1.23e+6", "NaN", "∞"]);
});

it("leaves out an error that is not known", () => {
  expect(formatEstimate({ value: 42.31, stderr: 1.2 })).toBe("42.3 ± 1.20");
  expect(formatEstimate({ value: 42.31, stderr: Number.NaN })).toBe("42.3");
});
