/** @file Tables of the terminal. */
import { expect, it } from "vitest";
import { alignTable, markdownRows } from "./table.js";

const rows = [["steps", "4", "128"], ["teacher", "12.0", "9.00"], ["none"]];

it("aligns the first column left and the others right, and leaves no space at the end", () => {
  expect(alignTable(rows)).toBe("steps       4   128\nteacher  12.0  9.00\nnone");
});

it("aligns each column as it is told", () => {
  expect(alignTable(rows, () => false)).toBe("steps    4     128\nteacher  12.0  9.00\nnone");
  expect(alignTable(rows, (column) => column === 1)).toBe("steps       4  128\nteacher  12.0  9.00\nnone");
});

it("writes the same in Markdown, where a bar in a cell ends none", () => {
  expect(
    markdownRows([
      ["a|b", "c"],
      ["1", "2"],
    ]),
  ).toBe("| a\\|b | c |\n| --- | ---: |\n| 1 | 2 |");
});
