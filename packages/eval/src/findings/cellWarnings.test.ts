import { describe, expect, it } from "vitest";
import { tinyDit } from "../tiny.fixture.js";
import { type CellWarnings, judgeLines, warningLines, warningSummary } from "./cellWarnings.js";

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

  it("are one line with where to read on, unless all are asked for", () => {
    const cells: CellWarnings[] = [
      { steps: 4, warnings: [entropy("3.9, text 4.1 to 4.3"), { figure: "n", suspicious: false, message: "n = 5" }] },
      { steps: 8, warnings: [entropy("3.8, text 4.1 to 4.3")] },
    ];
    expect(warningSummary(cells, ["the judge reads 64 tokens"])).toEqual([
      "3 warnings, suspicious: entropy; --warnings prints them, docs/evaluation.md#warnings explains them",
    ]);
    expect(warningSummary([], ["the judge reads 64 tokens"])).toEqual([
      "the judge reads 64 tokens; docs/evaluation.md#warnings",
    ]);
    expect(warningSummary([], [])).toEqual([]);
  });

  it("are none where nothing is wrong", () => {
    expect(warningLines([{ steps: 4, warnings: [] }])).toEqual([]);
  });
});

it("a judge that reads less than a sample is reported, one that reads all of it is not", () => {
  const of = { model: tinyDit(20), learned: "embedded" };
  const long = "the judge reads 8 tokens: samples of 16 count up to there";
  expect(judgeLines({ length: 8, isEmbedded: true }, of)).toEqual([long]);
  expect(judgeLines({ length: 16, isEmbedded: true }, of)).toEqual([]);
});

it("the embedded judge of a model of another text is said to know that text only", () => {
  const own = { model: tinyDit(20), learned: "/my/texts" };
  expect(judgeLines({ length: 16, isEmbedded: true }, own)).toEqual([
    expect.stringContaining("the judge learned the embedded text and not the model's"),
  ]);
  expect(judgeLines({ length: 16, isEmbedded: false }, own)).toEqual([]);
});
