import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { linesFor, row } from "./rows.fixture.js";
import { samplersOf } from "./samplers.js";

/** Ancestral steps whose gen-PPL halves with each doubling, and is four times as high at entropy 5 as at 4. */
const teacher = (seed = 1) =>
  [4, 8, 16].flatMap((steps) =>
    [1, 0.8].map((temperature) => {
      const value = (temperature === 1 ? 400 : 100) * (8 / steps);
      const entropy = temperature === 1 ? 5 : 4;
      return row({ seed, steps, nfe: steps, temperature, value, entropy, stderr: 1 });
    }),
  );
const drawn = (sampler: string, changes: Partial<EvaluationRecord> = {}) =>
  row({ sampler, steps: 8, nfe: 8, value: 100, entropy: 4.5, stderr: 1, wallMs: 256 * 3, ...changes });
/** What the second network read for it. */
const passesOf = (e: EvaluationRecord, value: number) => ({
  ...row({ ...e, metric: "partner-passes", definition: "partner-passes@1", value, entropy: null }),
  key: `${e.key} passes`,
});
const found = (rows: readonly EvaluationRecord[]) =>
  samplersOf({ experiment: "e", evaluations: rows, measure: "gen-ppl@1", lines: linesFor(rows) });
const points = (rows: readonly EvaluationRecord[]) => found(rows).lines.flatMap((line) => line.points);

describe("a sampler beside ancestral steps", () => {
  it("gains what they have at its evaluations and entropy over its own: 200 over 100 at 8 of them and 4.5 nats", () => {
    expect(points([...teacher(), drawn("spaced")])).toMatchObject([
      { steps: 8, passes: 8, ms: 3, gain: { mean: expect.closeTo(2, 6) }, verdict: "better" },
    ]);
  });

  it("pays for its second network: of 8 evaluations more it gains half as much", () => {
    const own = drawn("energy:2, with 0123456789abcdef");
    const [point] = points([...teacher(), own, passesOf(own, 8)]);
    expect(point).toMatchObject({ nfe: 8, passes: 16, gain: { mean: expect.closeTo(1, 6) }, verdict: "cannot tell" });
    expect(found([...teacher(), own]).lines[0]?.label).toBe("teacher, energy:2, with 01234567");
  });

  it("is not compared outside of the costs and entropies that were measured", () => {
    const dear = drawn("seeded:8");
    const rows = [...teacher(), dear, passesOf(dear, 255), drawn("spaced", { entropy: 3.5 })];
    expect(points(rows).map(({ gain }) => gain)).toEqual([null, null]);
    expect(found(rows).family).toBe(0);
  });

  it("stands beside the student's own ancestral steps, and those of no model that was drawn one way only", () => {
    const student = { round: 1, subjectHash: "student", value: 50 };
    const rows = [...teacher(), row({ ...student, entropy: 4.5 }), drawn("spaced", student)];
    expect(found(rows).lines.map(({ label }) => label)).toEqual(["round 1, ancestral", "round 1, spaced"]);
    const other = row({ round: 2, subjectHash: "other", value: 50, entropy: 4.5 });
    expect(found([...teacher(), other]).lines).toEqual([]);
  });

  it("has no gain of a seed that its teacher was not drawn under, and none at all where one is outside of the entropies", () => {
    const rows = [...teacher(1), drawn("spaced", { seed: 1 }), drawn("spaced", { seed: 2, value: 50 })];
    expect(points(rows)).toMatchObject([{ value: { n: 2 }, gain: { n: 1, mean: expect.closeTo(2, 6) } }]);
    const outside = [...rows, ...teacher(3), drawn("spaced", { seed: 3, entropy: 3.5 })];
    expect(points(outside)).toMatchObject([{ value: { n: 3 }, gain: null }]);
  });

  it("is one line over seeds, each against its teacher's draws of that seed", () => {
    const seeds = [1, 2, 3];
    const rows = seeds.flatMap((seed) => [...teacher(seed), drawn("spaced", { seed, value: 100 + seed })]);
    expect(points(rows)).toMatchObject([{ gain: { n: 3, mean: expect.closeTo(1.961, 3) } }]);
  });
});
