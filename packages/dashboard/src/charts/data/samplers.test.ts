import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { linesFor, row } from "./rows.fixture.js";
import { bestSamplerText } from "./words.js";
import { samplersOf, type Temperatures } from "./samplers.js";

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
const found = (rows: readonly EvaluationRecord[], temperatures: Temperatures = "own") =>
  samplersOf({ experiment: "e", evaluations: rows, measure: "gen-ppl@1", lines: linesFor(rows), temperatures });
const points = (rows: readonly EvaluationRecord[]) => found(rows).lines.flatMap((line) => line.points);

/** What a sample of it takes, in ancestral steps. */
const timeOf = (e: EvaluationRecord, value: number) => ({
  ...row({
    ...e,
    metric: "relative-time",
    definition: "relative-time@1",
    value,
    entropy: null,
    n: 3,
    batch: 4,
    seed: 9,
  }),
  key: `${e.key} time`,
});
/** Ancestral steps take as long as they are many. */
const teacherTimes = () =>
  teacher()
    .filter(({ temperature }) => temperature === 1)
    .map((e) => timeOf(e, e.steps as number));

describe("a sampler beside ancestral steps", () => {
  it("gains what they have at its evaluations and entropy over its own: 200 over 100 at 8 of them and 4.5 nats", () => {
    expect(points([...teacher(), drawn("spaced")])).toMatchObject([
      {
        ...{ steps: 8, ms: 3 },
        by: {
          steps: { cost: 8, gain: { mean: expect.closeTo(2, 6) }, verdict: "better", most: null },
          passes: { cost: 8, gain: { mean: expect.closeTo(2, 6) }, verdict: "better", most: null },
          time: { cost: null, gain: null },
        },
      },
    ]);
  });

  it("pays for its second network: of 8 evaluations more it gains half as much", () => {
    const own = drawn("energy:2, with 0123456789abcdef");
    const [point] = points([...teacher(), own, passesOf(own, 8)]);
    expect(point).toMatchObject({
      nfe: 8,
      by: {
        steps: { cost: 8, gain: { mean: expect.closeTo(2, 6) } },
        passes: { cost: 16, gain: { mean: expect.closeTo(1, 6) }, verdict: "cannot tell" },
      },
    });
    expect(found([...teacher(), own]).lines[0]?.label).toBe("teacher, energy:2, with 01234567");
  });

  it("pays for its time as for its evaluations: of 16 steps' time it gains half as much as of 8", () => {
    const own = drawn("spaced");
    const timed = [...teacher(), ...teacherTimes(), own];
    for (const [time, gain] of [
      [8, 2],
      [16, 1],
      [4, 4],
    ] as const) {
      const [point] = points([...timed, timeOf(own, time)]);
      expect(point?.by.time).toMatchObject({ cost: time, gain: { mean: expect.closeTo(gain, 6) }, most: null });
      expect(point?.by.passes).toMatchObject({ cost: 8, gain: { mean: expect.closeTo(2, 6) } });
    }
    expect(points([...timed, timeOf(own, 2)])[0]?.by.time).toMatchObject({ cost: 2, gain: null });
  });

  it("has no gain at equal time where its teacher's steps were not timed", () => {
    const own = drawn("spaced");
    expect(points([...teacher(), own, timeOf(own, 8)])[0]?.by.time).toMatchObject({ cost: 8, gain: null });
  });

  it("that costs more than all that were measured is held against the most of them, and says so", () => {
    const dear = drawn("seeded:8");
    const [point] = points([...teacher(), dear, passesOf(dear, 255)]);
    expect(point?.by.passes).toMatchObject({ cost: 263, most: 16, gain: { mean: expect.closeTo(1, 6) } });
  });

  it("has its tokens' distance from text beside it, of the same draws alone", () => {
    const own = drawn("spaced");
    const distance = (e: EvaluationRecord, value: number) => ({
      ...row({ ...e, metric: "energy-distance-1", definition: "energy-distance-1-tokens@1", value, entropy: null }),
      key: `${e.key} distance ${value}`,
    });
    const rows = [...teacher(), own, distance(own, 0.004), distance({ ...own, temperature: 0.5 }, 0.1)];
    expect(points(rows)).toMatchObject([{ distance: 0.004 }]);
    expect(points([...teacher(), own])).toMatchObject([{ distance: null }]);
  });

  it("is not compared below the costs, or outside of the entropies, that were measured", () => {
    const rows = [...teacher(), drawn("threshold:0.5", { nfe: 2 }), drawn("spaced", { entropy: 3.5 })];
    expect(points(rows).map(({ by }) => by.passes.gain)).toEqual([null, null]);
    expect(found(rows).family.passes).toBe(0);
  });

  it("stands beside the student's own ancestral steps, and those of no model that was drawn one way only", () => {
    const student = { round: 1, subjectHash: "student", value: 50 };
    const rows = [...teacher(), row({ ...student, entropy: 4.5 }), drawn("spaced", student)];
    expect(found(rows).lines.map(({ label }) => label)).toEqual(["round 1, ancestral", "round 1, spaced"]);
    const other = row({ round: 2, subjectHash: "other", value: 50, entropy: 4.5 });
    expect(found([...teacher(), other]).lines).toEqual([]);
  });

  it("has a line at temperature 1, at all where it was never drawn at 1, and at all where they are asked for", () => {
    const student = { round: 1, subjectHash: "student", value: 50, entropy: 4.5 };
    const rows = [
      ...[1, 0.8].map((temperature) => row({ ...student, temperature })),
      ...[1, 0.8].map((temperature) => drawn("spaced", { temperature, value: 100 * temperature })),
      drawn("guided", { temperature: 0.9, value: 50 }),
      drawn("penalised:0.4", { temperature: 0.7, value: 50 }),
      drawn("spaced", student),
    ];
    const gains = (temperatures: Temperatures) =>
      found([...teacher(), ...rows], temperatures).lines.map(
        ({ label, points: [point] }) => `${label}: ${point?.by.steps.gain?.mean.toFixed(2)}`,
      );
    const usual = [
      "teacher, spaced: 2.00",
      "teacher, τ 0.9, guided: 4.00",
      "round 1, ancestral: 4.00",
      "round 1, spaced: 4.00",
    ];
    expect(gains("1")).toEqual(usual.filter((line) => !line.includes("guided")));
    expect(gains("own")).toEqual(usual);
    // All: with the control, too, that gains at equal entropy without better text.
    const hidden = ["teacher, τ 0.7, penalised:0.4: 4.00", "teacher, τ 0.8, spaced: 2.50"];
    expect(gains("all")).toEqual([usual[0], ...hidden, ...usual.slice(1)]);
  });

  it("has no gain of a seed that its teacher was not drawn under, and none at all where one is outside of the entropies", () => {
    const rows = [...teacher(1), drawn("spaced", { seed: 1 }), drawn("spaced", { seed: 2, value: 50 })];
    expect(points(rows)).toMatchObject([
      { value: { n: 2 }, by: { passes: { gain: { n: 1, mean: expect.closeTo(2, 6) } } } },
    ]);
    const outside = [...rows, ...teacher(3), drawn("spaced", { seed: 3, entropy: 3.5 })];
    expect(points(outside)).toMatchObject([{ value: { n: 3 }, by: { passes: { gain: null } } }]);
  });

  it("has the largest gain of its step count in words, where that is better, and says of how many", () => {
    const rows = [...teacher(), drawn("spaced"), drawn("remdm", { value: 150 })];
    expect(bestSamplerText(found(rows), 8)).toMatch(
      /^the largest of 2 gains is that of teacher, spaced: 2\.00 \[1\.9\d, 2\.0\d\] times ancestral steps of its entropy$/,
    );
    expect(bestSamplerText(found(rows), 4)).toBeUndefined();
    expect(bestSamplerText(found([...teacher(), drawn("spaced", { value: 200 })]), 8)).toBeUndefined();
  });

  it("is one line over seeds, each against its teacher's draws of that seed", () => {
    const seeds = [1, 2, 3];
    const rows = seeds.flatMap((seed) => [...teacher(seed), drawn("spaced", { seed, value: 100 + seed })]);
    expect(points(rows)).toMatchObject([{ by: { passes: { gain: { n: 3, mean: expect.closeTo(1.961, 3) } } } }]);
  });
});
