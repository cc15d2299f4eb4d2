import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { gainsAtMatchedEntropy } from "./matched.js";
import { linesFor, row } from "./rows.fixture.js";
import { gainText, neededText } from "./words.js";

/** A teacher that has 400 at entropy 5 and 100 at 4 with 8 steps, half as much with 16, under each seed. */
const teachers = (seeds: readonly number[], changes: Partial<EvaluationRecord> = {}) =>
  seeds.flatMap((seed) =>
    [8, 16].flatMap((steps) =>
      [1, 0.8].map((temperature) => {
        const value = (temperature === 1 ? 400 : 100) * (8 / steps);
        return row({
          seed,
          steps,
          nfe: steps - 1,
          temperature,
          value,
          entropy: temperature === 1 ? 5 : 4,
          stderr: 1,
          ...changes,
        });
      }),
    ),
  );
const student = (seed: number, value: number, entropy = 4.5, changes: Partial<EvaluationRecord> = {}) =>
  row({ round: 1, seed, subjectHash: `student ${seed}`, value, entropy, stderr: 1, ...changes });
const gainsOf = (rows: readonly EvaluationRecord[]) =>
  gainsAtMatchedEntropy({ evaluations: rows, measure: "gen-ppl@1", lines: linesFor(rows) });
const only = (rows: readonly EvaluationRecord[]) => gainsOf(rows).gains[0];

describe("the gain at matched entropy", () => {
  it("is of each seed's own teacher: at entropy 4.5 it has 200, students of 101, 102, 103 gain 1.96 times", () => {
    const found = only([...teachers([1, 2, 3]), ...[1, 2, 3].map((seed) => student(seed, 100 + seed))]);
    expect(found?.gain).toMatchObject({ mean: expect.closeTo(1.961, 3), n: 3, over: "seeds" });
    expect(found?.verdict).toBe("better");
    expect(found && gainText(found)).toMatch(/^1\.96 \[1\.9\d, \d\.\d\d\] better$/);
  });

  it("counts a student at temperature 1 only: more temperatures of it are no more seeds", () => {
    const rows = [...teachers([1, 2, 3]), ...[1, 2, 3].map((seed) => student(seed, 100 + seed))];
    const sharpened = [student(1, 80, 4.3, { temperature: 0.9 }), student(1, 75, 4.1, { temperature: 0.8 })];
    expect(only([...rows, ...sharpened])?.gain).toEqual(only(rows)?.gain);
  });

  it("is not made of the rest where one seed of three is below the teacher's entropies: that is said", () => {
    const found = only([...teachers([1, 2, 3]), student(1, 100), student(2, 100), student(3, 40, 3.9)]);
    expect(found).toMatchObject({ gain: null, verdict: null, none: { why: "outside", seeds: 1, of: 3 } });
    expect(found && gainText(found)).toBe("outside in 1 of 3");
  });

  it("needs a teacher of its seed and precision with two temperatures", () => {
    const missing = only([...teachers([1, 2]), ...[1, 2, 3].map((seed) => student(seed, 100))]);
    expect(missing && gainText(missing)).toBe("no control in 1 of 3");
    const other = only([...teachers([1], { dtype: "bfloat16" }), student(1, 100)]);
    expect(other && gainText(other)).toBe("no control");
  });

  it("does not average out the samples of one teacher that all students are held against", () => {
    const apart = only([...teachers([1, 2, 3]), ...[1, 2, 3].map((seed) => student(seed, 100))]);
    const students = [1, 2, 3].map((seed) => student(1, 100, 4.5, { subjectHash: `student ${seed}` }));
    const shared = only([...teachers([1]), ...students]);
    const width = (found: typeof apart) => (found?.gain?.high ?? 0) - (found?.gain?.low ?? 0);
    expect(shared?.gain?.n).toBe(3);
    expect(width(shared)).toBeGreaterThan(width(apart));
  });

  it("has verdicts of one family: what is better alone may not be among many", () => {
    const steps = Array.from({ length: 30 }, (_, i) => i + 2);
    const rows = steps.flatMap((count) => {
      const own = (rows: EvaluationRecord[]) => rows.map((e) => ({ ...e, steps: count }));
      return own([...teachers([1]).slice(0, 2), student(1, count === 2 ? 188 : 200, 4.5, { stderr: 4 })]);
    });
    const { gains, family } = gainsOf(rows);
    expect([family, gains[0]?.verdict, (gains[0]?.gain?.low ?? 0) > 1]).toEqual([30, "cannot tell", true]);
    expect(only(rows.filter((e) => e.steps === 2))?.verdict).toBe("better");
  });
});

describe("teacher steps for the same text", () => {
  it("are where its gain is 1, with its evaluations: 8·√2 where it halves from 8 to 16", () => {
    const found = only([...teachers([1]), student(1, 200 / Math.SQRT2)]);
    expect(found?.needed?.steps.value).toBeCloseTo(8 * Math.SQRT2, 6);
    expect(found?.neededNfe?.value).toBeCloseTo(Math.sqrt(7 * 15), 6);
    expect(found && neededText(found)).toMatch(/^11\.3 \[1[01]\.\d, 1[12]\.\d\] \(NFE 10\.2\)$/);
  });

  it("are said to be more than any that was measured", () => {
    const found = only([...teachers([1]), student(1, 50)]);
    expect(found && neededText(found)).toBe("> 16.0 [> 16.0, > 16.0]");
  });
});
