import { expect, it } from "vitest";
import { mauveNotes } from "./mauveSaturation.js";

const level = (value: number, stderr: number) => ({ value, stderr });
const said = (...args: Parameters<typeof mauveNotes>) => mauveNotes(...args).join("\n");

it("MAUVE is said to tell nothing where shuffled words have as much as held-out text, or more", () => {
  expect(said(level(0.97, 0.0127), level(1, 2.5e-4), 40)).toContain(
    "MAUVE cannot tell texts apart at n = 40 of this length: other held-out text has 0.970 and shuffled words have 1.00",
  );
  expect(said(level(0.97, 0.02), level(0.93, 0.02), 100)).toContain("cannot tell");
});

it("MAUVE stands without that where held-out text is clearly above shuffled words", () => {
  expect(said(level(0.97, 0.01), level(0.4, 0.02), 500)).not.toContain("cannot tell");
});

it("a missing ceiling is said", () => {
  expect(said(undefined, level(0.4, 0.02), 500)).toContain("no ceiling: there are fewer than 500 held-out texts");
});

it("an error over clusterings is called one", () => {
  expect(said(level(0.97, 0.01), level(0.4, 0.02), 500)).toContain("over clusterings");
});
