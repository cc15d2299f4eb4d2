import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { byRound } from "./byRound.js";
import { curveOf } from "./curve.js";
import { frontierOf } from "./frontier.js";
import { gainsAtMatchedEntropy } from "./matched.js";
import { summaryOf } from "./summary.js";

let made = 0;
const row = (changes: Partial<EvaluationRecord>): EvaluationRecord => ({
  key: `key-${made++}`,
  runId: "run",
  checkpointHash: `model-${changes.round ?? 0}`,
  round: 0,
  weights: "ema",
  metric: "gen-ppl",
  definition: "gen-ppl@1",
  judgeHash: null,
  steps: 8,
  nfe: 8,
  seed: 1,
  temperature: 1,
  sampler: null,
  topP: null,
  control: null,
  dtype: "float32",
  n: 256,
  value: 100,
  stderr: 2,
  entropy: 4.5,
  entropyStderr: 0.01,
  entropyCorrelation: null,
  wallMs: 256,
  createdAt: "2026-01-01T00:00:00.000Z",
  ...changes,
});

const curve = (evaluations: EvaluationRecord[], more: Partial<Parameters<typeof curveOf>[0]> = {}) =>
  curveOf({ experiment: "e", question: "", evaluations, labelOf: (id) => id, ...more });

describe("a line", () => {
  it("never mixes raw and EMA weights, nor two precisions, and names them only where there are several", () => {
    const rows = [
      row({}),
      row({ round: 1 }),
      row({ round: 1, weights: "raw", value: 900 }),
      row({ round: 2 }),
      row({ round: 2, dtype: "bfloat16", value: 900 }),
    ];
    const { series } = curve(rows);
    const names = ["teacher", "round 1 (ema)", "round 1 (raw)", "round 2 (bfloat16)", "round 2 (float32)"];
    expect(series.map(({ label }) => label)).toEqual(names);
    expect(series.every(({ points }) => points[0]?.value.n === 1)).toBe(true);
    const gains = gainsAtMatchedEntropy(rows, "gen-ppl@1");
    expect(gains.map(({ label }) => label)).toEqual(names.slice(1));
  });

  it("is held at matched entropy against teachers of its own precision only", () => {
    const teachers = [4.4, 4.6].map((entropy) => row({ entropy, temperature: entropy / 4.6 }));
    expect(gainsAtMatchedEntropy([...teachers, row({ round: 1, value: 50 })], "gen-ppl@1")[0]?.gain?.mean).toBeCloseTo(
      2,
    );
    const other = teachers.map((teacher) => ({ ...teacher, dtype: "bfloat16" }));
    expect(gainsAtMatchedEntropy([...other, row({ round: 1, value: 50 })], "gen-ppl@1")[0]?.gain).toBeNull();
  });
});

describe("a metric", () => {
  const both = (metric: string) => {
    const rows = [1, 2].flatMap((round) => [1, 2].map((seed) => row({ metric, round, seed, value: 0.1 * round })));
    return summaryOf(curve(rows), [], 8)?.best;
  };

  it("is better when lower where its name says so, else when higher", () => {
    expect(["gen-ppl", "self-bleu", "repeated-4", "wiki-bits-per-byte"].map(both)).toEqual(Array(4).fill("round 1"));
    expect(["mauve", "last-word-accuracy", "distinct-2", "something-new"].map(both)).toEqual(Array(4).fill("round 2"));
  });

  it("has its Pareto frontier on the better side", () => {
    const points = (metric: string) =>
      frontierOf(curve([row({ metric, round: 1, value: 1 }), row({ metric, round: 2, value: 2 })])).map(
        ({ points }) => points[0]?.isParetoBest,
      );
    expect(points("gen-ppl")).toEqual([true, false]);
    expect(points("mauve")).toEqual([false, true]);
  });
});

describe("a measure that knows no step counts", () => {
  const accuracy = { metric: "last-word-accuracy", definition: "last-word-accuracy@2", steps: 1, entropy: null };
  const rows = [
    row({ ...accuracy, value: 0.3 }),
    row({ ...accuracy, round: 1, value: 0.35 }),
    row({ ...accuracy, round: 2, value: 0.4 }),
    row({ ...accuracy, steps: null, runId: "AR baseline", checkpointHash: "ar", value: 0.5 }),
  ];

  it("is drawn against rounds as one line from the teacher on, beside its baseline", () => {
    const drawn = curve(rows);
    expect(drawn).toMatchObject({ x: "round", isLevel: true, references: [{ label: "AR baseline" }] });
    const { series } = byRound(drawn);
    expect(series.map(({ label, points }) => [label, points.map(({ x }) => x)])).toEqual([["by round", [0, 1, 2]]]);
    expect(summaryOf(drawn, [], 1)?.sentences[0]).toMatch(/^round 2 is best: 0\.400/);
  });

  it("tells its teacher from a baseline by the runs' teachers where no row has a step count", () => {
    const none = rows.map((e) => ({ ...e, steps: null }));
    const drawn = curve(none, { isTeacher: (hash) => hash === "model-0" });
    expect(drawn.series.map(({ label }) => label)).toEqual(["teacher", "round 1", "round 2"]);
    expect(drawn.references.map(({ label }) => label)).toEqual(["AR baseline"]);
  });
});

it("draws a line for each step count against rounds, and for each group, every one from the teacher on", () => {
  const rows = [4, 8].flatMap((steps) => [0, 1, 2].map((round) => row({ steps, round, value: 100 / steps - round })));
  const grouped = [4, 8].map((steps) => row({ steps, round: 1, seed: 2, value: 50 / steps }));
  const groupOf = ({ seed }: EvaluationRecord) => `seed = ${seed}`;
  const { series } = byRound(curve([...rows, ...grouped], { x: "round", groupOf }));
  expect(series.map(({ label, points }) => [label, points.map(({ x }) => x)])).toEqual([
    ["seed = 1, 4 steps", [0, 1, 2]],
    ["seed = 1, 8 steps", [0, 1, 2]],
    ["seed = 2, 4 steps", [0, 1]],
    ["seed = 2, 8 steps", [0, 1]],
  ]);
});
