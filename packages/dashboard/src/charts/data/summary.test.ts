import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { curve, row } from "./rows.fixture.js";
import { summaryOf } from "./summary.js";

const teacher = [1, 2, 3].flatMap((seed) =>
  [8, 16].flatMap((steps) =>
    [1, 0.8].map((temperature) => {
      const value = (temperature === 1 ? 400 : 100) * (8 / steps);
      return row({ seed, steps, temperature, value, entropy: temperature === 1 ? 5 : 4, stderr: 1 });
    }),
  ),
);
const student = (round: number, seed: number, value: number, entropy = 4.5): EvaluationRecord =>
  row({ round, seed, subjectHash: `student ${round} ${seed}`, value, entropy, stderr: value / 20 });
const said = (rows: EvaluationRecord[]) => summaryOf(curve(rows), 8);

describe("the answer in words", () => {
  it("is of the comparison at matched entropy, not of the lowest gen-PPL", () => {
    const sharp = [1, 2, 3].map((seed) => student(1, seed, 120, 4.1));
    const real = [1, 2, 3].map((seed) => student(2, seed, 150, 4.5));
    const summary = said([...teacher, ...sharp, ...real]);
    expect(summary?.best).toBe("round 2");
    expect(summary?.sentences[0]).toMatch(
      /^At 8 steps round 2 is 1\.33 times \[.*\] \(n = 3\) as good as a teacher sharpened to its entropy: better/,
    );
    const text = summary?.sentences.join(" ");
    expect(text).toMatch(
      /Its teacher needs 10\.\d \[.*\] \(NFE .*\) steps for the same text at that entropy, it takes 8/,
    );
    expect(text).toMatch(
      /Its gen-PPL is 150 beside the teacher's 400, entropy changes by −0\.500 nats: by itself that says nothing\./,
    );
    expect(text).toContain("(verdicts at 5 % for all 2 gains of the experiment together (Holm).)");
  });

  it("tells lines apart in pairs of seeds, though their intervals overlap", () => {
    const seeds = [1, 2, 3];
    const level = [1, 1.3, 0.8];
    const accuracy = (round: number, shift: number) =>
      seeds.map((seed, i) =>
        row({
          ...{
            metric: "ptb-ppl-bound",
            definition: "ptb@2",
            round,
            seed,
            subjectHash: `${round} ${seed}`,
            stderr: null,
          },
          value: 200 * (level[i] as number) * shift,
        }),
      );
    const drawn = curve(
      [...accuracy(4, 1), ...accuracy(5, 0.9), ...accuracy(6, 0.9 * 0.999)].map((e, i) => ({
        ...e,
        value: e.value * (1 + 1e-3 * (i % 2)),
      })),
    );
    const [a, b] = [4, 5].map((round) => drawn.series.find((one) => one.round === round)?.points[0]?.value);
    expect((b?.high ?? 0) > (a?.low ?? 0)).toBe(true);
    const two = { ...drawn, series: drawn.series.filter(({ round }) => round < 6) };
    expect(summaryOf(two, 8)).toMatchObject({ best: "round 5", trust: "clear" });
    expect(summaryOf(two, 8)?.sentences[1]).toMatch(
      /^It is 0\.9\d* times \[.*\] round 4's over 3 pairs of seeds: told apart\.$/,
    );
    const many = [4, 4, 4].map((round, i) => {
      const series = drawn.series.find((one) => one.round === round) as (typeof drawn.series)[number];
      return { ...series, label: `another ${i}` };
    });
    expect(summaryOf({ ...two, series: [...two.series, ...many] }, 8)?.sentences[1]).toMatch(
      /: told apart by Holm for 4 comparisons\.$/,
    );
    const alike = { ...drawn, series: drawn.series.filter(({ round }) => round > 4) };
    expect(summaryOf(alike, 8)?.trust).toBe("overlapping");
  });

  it("says so where nothing can be compared, and which students were left out and why", () => {
    const alone = said([row({ seed: 1 }), student(1, 1, 50)]);
    expect(alone).toMatchObject({ best: null, trust: "none" });
    expect(alone?.sentences.join(" ")).toMatch(
      /no student can be held against a teacher of its entropy\. Not compared: round 1 \(no control\)\./,
    );
    const outside = said([
      ...teacher,
      student(1, 1, 150),
      student(1, 2, 150),
      student(1, 3, 50, 3.5),
      student(2, 1, 150),
    ]);
    expect(outside?.sentences.join(" ")).toContain("Not compared: round 1 (outside in 1 of 3).");
    expect(outside).toMatchObject({ best: "round 2", trust: "single" });
    expect(said([])).toBeUndefined();
  });

  it("has no best line of a measure that should be near text's own", () => {
    const rows = [1, 2].map((round) =>
      row({ metric: "distinct-1", definition: "distinct-1@1", round, value: round / 10 }),
    );
    expect(summaryOf(curve(rows), 8)).toMatchObject({
      best: null,
      sentences: [expect.stringContaining("Neither way is better")],
    });
  });
});
