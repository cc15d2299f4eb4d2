import type { EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { byRound } from "./byRound.js";
import { frontierOf } from "./frontier.js";
import { groupsOf, type OriginOf } from "./lines.js";
import { curve, linesFor, plain, row } from "./rows.fixture.js";
import { summaryOf } from "./summary.js";

const labels = (rows: EvaluationRecord[], originOf: OriginOf = plain) =>
  curve(rows, { lines: linesFor(rows, originOf) }).series.map(({ label }) => label);

describe("a line", () => {
  it("never mixes raw and EMA weights, nor two precisions, and names them only where there are several", () => {
    const rows = [
      row({}),
      row({ round: 1 }),
      row({ round: 1, weights: "raw", value: 900 }),
      row({ round: 2 }),
      row({ round: 2, dtype: "bfloat16", value: 900 }),
    ];
    const { series, matched } = curve(rows);
    const names = ["teacher", "round 1 (ema)", "round 1 (raw)", "round 2 (bfloat16)", "round 2 (float32)"];
    expect(series.map(({ label }) => label)).toEqual(names);
    expect(series.every(({ points }) => points[0]?.value.n === 1)).toBe(true);
    expect(matched.gains.map(({ label }) => label)).toEqual(names.slice(1));
  });

  it("is of one teacher: two of them are never two seeds, and their students are not either", () => {
    const rows = [
      row({ subjectHash: "aaaaaaaa11", seed: 1, value: 20 }),
      row({ subjectHash: "bbbbbbbb22", seed: 2, value: 20_000 }),
      row({ round: 1, subjectHash: "student a", seed: 1 }),
      row({ round: 1, subjectHash: "student b", seed: 2 }),
    ];
    const teacher = ({ subjectHash }: EvaluationRecord) => (subjectHash === "student a" ? "aaaaaaaa11" : "bbbbbbbb22");
    expect(labels(rows, (e) => ({ teacher: teacher(e), facts: {} }))).toEqual([
      ...["teacher aaaaaaaa", "teacher bbbbbbbb"],
      ...["teacher aaaaaaaa, round 1", "teacher bbbbbbbb, round 1"],
    ]);
  });

  it("is of one config and text: what students differ in is their name, all of it, whatever was asked", () => {
    const facts = ({ subjectHash }: EvaluationRecord): Record<string, string> => {
      const [divergence = "", lr = ""] = subjectHash.split(" ");
      return { divergence, lr, text: "kjv", substeps: "2" };
    };
    const rows = ["log-mse 0.001", "log-mse 0.01", "reverse-kl 0.001"].flatMap((subjectHash) =>
      [1, 2].map((seed) => row({ round: 1, subjectHash: `${subjectHash} ${seed}`, seed })),
    );
    expect(labels(rows, (e) => ({ teacher: "t", facts: facts(e) }))).toEqual([
      "divergence = log-mse, lr = 0.001, round 1",
      "divergence = log-mse, lr = 0.01, round 1",
      "divergence = reverse-kl, lr = 0.001, round 1",
    ]);
  });

  it("has the seeds of its students as replicates, and those of a temperature apart", () => {
    const rows = [1, 2, 3].flatMap((seed) => [
      row({ round: 1, seed, subjectHash: `student ${seed}` }),
      row({ round: 1, seed, subjectHash: `student ${seed}`, temperature: 0.8, value: 50 }),
    ]);
    const { series } = curve(rows, { allTemperatures: true });
    expect(series.map(({ label, points }) => [label, points[0]?.value.n, points[0]?.value.mean])).toEqual([
      ["round 1", 3, expect.closeTo(100)],
      ["round 1, τ 0.8", 3, expect.closeTo(50)],
    ]);
  });
});

describe("intervals", () => {
  it("do not change with the lines that are shown: what trainings vary by is learnt from all of them", () => {
    const noisy = [1, 2, 3].map((seed) => row({ round: 2, seed, subjectHash: `noisy ${seed}`, value: 100 * seed }));
    const calm = [1, 2, 3].map((seed) => row({ round: 1, seed, subjectHash: `calm ${seed}` }));
    const pool = [...noisy, ...calm];
    const of = (evaluations: EvaluationRecord[]) =>
      curve(evaluations, { pool, lines: linesFor(pool) }).series.find(({ round }) => round === 1)?.points[0]?.value;
    expect(of(calm)).toEqual(of(pool));
    expect((of(calm)?.high ?? 0) / 100).toBeGreaterThan(1.3);
  });
});

describe("a metric", () => {
  const both = (metric: string) => {
    const rows = [1, 2].flatMap((round) => [1, 2].map((seed) => row({ metric, round, seed, value: 0.1 * round })));
    return summaryOf(curve(rows), 8)?.best;
  };

  it("has a best line where one way is better, and none where it should be near text's own or nobody knows", () => {
    expect(["ptb-ppl-bound", "wiki-bits-per-byte", "ms-per-sample"].map(both)).toEqual(Array(3).fill("round 1"));
    expect(["mauve", "last-word-accuracy"].map(both)).toEqual(Array(2).fill("round 2"));
    expect(["distinct-2", "self-bleu", "repeated-4", "something-new"].map(both)).toEqual(Array(4).fill(null));
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
    row({ ...accuracy, steps: null, runId: "AR baseline", subjectHash: "ar", value: 0.5 }),
  ];

  it("is drawn against rounds as one line from the teacher on, beside its baseline", () => {
    const drawn = curve(rows);
    expect(drawn).toMatchObject({ x: "round", isLevel: true, references: [{ label: "AR baseline" }] });
    const { series } = byRound(drawn);
    expect(series.map(({ label, points }) => [label, points.map(({ x }) => x)])).toEqual([["by round", [0, 1, 2]]]);
    expect(summaryOf(drawn, 1)?.sentences[0]).toMatch(/^round 2 is highest: 0\.400/);
  });

  it("tells its teacher from a baseline by the runs' teachers where no row has a step count", () => {
    const none = rows.map((e) => ({ ...e, steps: null }));
    const drawn = curve(none, { isTeacher: (hash) => hash === "model-0" });
    expect(drawn.series.map(({ label }) => label)).toEqual(["teacher", "round 1", "round 2"]);
    expect(drawn.references.map(({ label }) => label)).toEqual(["AR baseline"]);
  });
});

it("two baselines under one name are two levels, and never averaged", () => {
  const ar = (subjectHash: string, value: number) => row({ steps: null, runId: "AR baseline", subjectHash, value });
  const { references } = curve([row({}), ar("aaaaaaaa1", 30), ar("bbbbbbbb2", 40)]);
  expect(references.map(({ label, value }) => [label, value.mean])).toEqual([
    ["AR baseline aaaaaaaa", expect.closeTo(30)],
    ["AR baseline bbbbbbbb", expect.closeTo(40)],
  ]);
});

it("draws a line for each step count against rounds, and for each group, every one from the teacher on", () => {
  const rows = [4, 8].flatMap((steps) => [0, 1, 2].map((round) => row({ steps, round, value: 100 / steps - round })));
  const grouped = [4, 8].map((steps) => row({ steps, round: 1, seed: 2, value: 50 / steps }));
  const all = [...rows, ...grouped];
  const lines = linesFor(all, plain, [{ key: "seed", valueFor: ({ seed }) => String(seed) }]);
  const { series } = byRound(curve(all, { x: "round", lines }));
  expect(series.map(({ label, points }) => [label, points.map(({ x }) => x)])).toEqual([
    ["seed = 1, 4 steps", [0, 1, 2]],
    ["seed = 1, 8 steps", [0, 1, 2]],
    ["seed = 2, 4 steps", [0, 1]],
    ["seed = 2, 8 steps", [0, 1]],
  ]);
});

it("groups rows by all parts, in the order of their first rows, and never by parts that only read alike", () => {
  const parts = [
    [1, "a b"],
    ["1", "a b"],
    [1, "a"],
    [1, "a b"],
    [null, "a"],
    ["null", "a"],
  ] as const;
  const groups = groupsOf(
    parts,
    ([first]) => first,
    ([, second]) => second,
  );
  expect(groups.map((same) => same.map((part) => parts.indexOf(part)))).toEqual([[0, 3], [1], [2], [4], [5]]);
});
