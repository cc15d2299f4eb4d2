import { describe, expect, it } from "vitest";
import { type CellWarnings, judgeLines, warningLines } from "./cellWarnings.js";

const entropy = (found: string) => {
  return { figure: "entropy", suspicious: true, message: "entropy is below what held-out text has", found } as const;
};

describe("the lines of warnings", () => {
  it("are one a rule, with every step count that breaks it and one example", () => {
    const cells: CellWarnings[] = [
      { steps: 4, warnings: [entropy("3.9, text 4.1 to 4.3")] },
      { steps: 8, warnings: [entropy("3.8, text 4.1 to 4.3"), { figure: "n", suspicious: false, message: "n = 5" }] },
      { steps: 16, warnings: [], unexamined: "too little held-out text" },
    ];
    expect(warningLines(cells)).toEqual([
      "at 4, 8 steps: suspicious: entropy is below what held-out text has (at 4: 3.9, text 4.1 to 4.3)",
      "at 8 steps: n = 5",
      "at 16 steps: not compared with held-out text: too little held-out text",
    ]);
  });

  it("are none where nothing is wrong", () => {
    expect(warningLines([{ steps: 4, warnings: [] }])).toEqual([]);
  });
});

it("a judge that reads less than a sample is reported, one that reads all of it is not", () => {
  expect(judgeLines({ length: 64 }, 128)).toEqual(["the judge reads 64 tokens: samples of 128 count up to there"]);
  expect(judgeLines({ length: 128 }, 128)).toEqual([]);
});
