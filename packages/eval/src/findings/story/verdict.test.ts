/** @file What is said of a student: of made figures, whose ratios, gains and steps are known beforehand. */
import type { EvaluationFilter, EvaluationRecord } from "@sdtt/core/store";
import { describe, expect, it } from "vitest";
import { precision } from "../../record/evaluationRun.js";
import { distanceSentence } from "./distance.js";
import type { Line } from "./lines.js";
import { errorsText, storyTable } from "./table.js";
import { headlineSteps, verdict } from "./verdict.js";

interface Made {
  readonly hash: string;
  readonly steps: number | null;
  readonly value: number;
  readonly entropy: number;
  readonly temperature?: number;
  readonly seed?: number;
}

const row = ({ hash, steps, value, entropy, temperature = 1, seed = 1 }: Made) =>
  ({
    ...{ subjectHash: hash, steps, value, entropy, temperature, seed, n: 64, nfe: steps, dtype: precision },
    ...{ stderr: 0.01 * value, entropyStderr: 0.002, definition: "d", referenceHash: "j", sampler: null, topP: null },
  }) as unknown as EvaluationRecord;

/** At 8 steps 200 at entropy 5, and 100 at 4 when sharpened; at 16 steps half of it, at 32 a quarter. */
const teachers = [8, 16, 32].flatMap((steps) => {
  const share = 8 / steps;
  const at = (value: number, entropy: number, temperature: number) =>
    row({ hash: "t", steps, value: value * share, entropy, temperature });
  return [at(200, 5, 1), at(100, 4, 0.8)];
});

const storeOf = (rows: readonly EvaluationRecord[]) => ({
  evaluations: ({ subjectHash }: EvaluationFilter = {}) => rows.filter((one) => one.subjectHash === subjectHash),
});

const line = (kind: Line["kind"], label: string, rows: readonly EvaluationRecord[]): Line => ({
  ...{ kind, label },
  cells: new Map(
    [...new Set(rows.map(({ steps }) => steps))].map((steps) => [steps, rows.filter((one) => one.steps === steps)]),
  ),
});

function said(value: number, entropy: number, { temperatures = true, shipped = [] as EvaluationRecord[] } = {}) {
  const own = [row({ hash: "s", steps: 8, value, entropy })];
  const plain = teachers.filter(({ temperature }) => temperature === 1);
  const lines = [
    line("teacher", "teacher", plain),
    line("student", "this student, round 1", own),
    ...(shipped.length > 0 ? [line("shipped", "round 5, ships", shipped)] : []),
  ];
  const store = storeOf([...own, ...shipped, ...(temperatures ? teachers : plain)]);
  return verdict(store, { lines, teacherHash: "t", length: 256, hint: "draw them" });
}

describe("the verdict", () => {
  it("is of the comparison at one entropy, with gen-PPL's own ratio beside it, and says how many steps the teacher needs for the same text", () => {
    // At entropy 4.5 the teacher has √(200·100) = 141.4 at 8 steps and 70.7 at 16.
    const [first, second, third] = said(100, 4.5);
    expect(first).toMatch(
      /^With 8 steps, 32 tokens at once, this student writes 1\.41 \[1\.\d\d, 1\.\d\d\] times better than its teacher at the same entropy\.$/,
    );
    expect(second).toMatch(
      /^By itself it has gen-PPL 100\.?0? for its teacher's 200, a ratio of 2\.00 \[1\.9\d, 2\.0\d\], at 0\.50 nats less entropy: a lower temperature lowers gen-PPL too\.$/,
    );
    expect(third).toMatch(
      /^At the same entropy, it writes with 8 steps what its teacher needs 11\.3 \[1\d\.\d, 1\d\.\d\] steps for\.$/,
    );
  });

  it("calls no student better for what a temperature gives as well, however much lower its gen-PPL is", () => {
    expect(said(141.4, 4.5)[0]).toMatch(/ cannot be told from its teacher at the same entropy \(1\.00 \[/);
    expect(said(180, 4.5)[0]).toMatch(/ writes worse than its teacher at the same entropy \(0\.79 \[/);
    const words = [said(180, 4.5), said(100, 4.5, { temperatures: false }), said(50, 3.5)].flat().join(" ");
    expect(words).not.toContain("better");
  });

  it("does not call a difference within the noise one, and says where a student is worse", () => {
    expect(said(199, 5)[0]).toMatch(
      /this student cannot be told from its teacher at the same entropy \(1\.01 \[0\.9\d, 1\.0\d\] times better\)/,
    );
    expect(said(400, 5)[0]).toMatch(/this student writes worse than its teacher at the same entropy \(0\.50 \[/);
  });

  it("says of no number of steps that it is between none and any", () => {
    const alone = teachers.filter(({ steps }) => steps === 8);
    const own = [row({ hash: "s", steps: 8, value: 140, entropy: 4.5 })];
    const lines = [
      line(
        "teacher",
        "teacher",
        alone.filter(({ temperature }) => temperature === 1),
      ),
      line("student", "this student, round 1", own),
    ];
    const all = verdict(storeOf([...own, ...alone]), { lines, teacherHash: "t", length: 256, hint: "draw them" });
    expect([all.length, all[0]]).toEqual([
      2,
      expect.stringContaining("cannot be told from its teacher at the same entropy (1.01"),
    ]);
  });

  it("guesses nothing: without temperatures, and beyond the coldest of them, it says what to do", () => {
    const [first, second, ...more] = said(100, 4.5, { temperatures: false });
    expect(first).toMatch(
      /this student has gen-PPL 100\.?0? for its teacher's 200, a ratio of 2\.00 \[.*\], at 0\.50 nats less entropy\.$/,
    );
    expect([second, more]).toEqual(["How much of a difference is sharpening is not known yet: draw them.", []]);
    expect(said(50, 3.5)[1]).toContain("sharper than any temperature of its teacher that was measured");
  });

  it("says of the last student that ships what its teacher needs for the same, and with how many steps it has its teacher's best", () => {
    const at = (steps: number, value: number, entropy: number) => row({ hash: "r5", steps, value, entropy });
    const all = said(100, 4.5, { shipped: [at(8, 60, 4.5), at(16, 45, 4.8)] });
    expect(all[3]).toMatch(
      /^At the same entropy, round 5, which ships, writes with 8 steps what its teacher needs 18\.\d \[1\d\.\d, \d\d\.\d\] steps for\.$/,
    );
    expect(all[4]).toBe(
      "By gen-PPL alone round 5, which ships, reaches with 16 steps what its teacher has with 32, at 0.20 nats less entropy.",
    );
  });

  it("says what the order of reveals alone gives, in the teacher's usual steps, and nothing where it was not drawn", () => {
    const own = [row({ hash: "s", steps: 8, value: 140, entropy: 4.5 })];
    const ordered = [
      line("ordered", "teacher, coarse to fine", [row({ hash: "t", steps: 8, value: 100, entropy: 4.5 })]),
      line("ordered", "round 5, coarse to fine", [row({ hash: "r5", steps: 8, value: 20, entropy: 4.5 })]),
    ];
    const plain = teachers.filter(({ temperature }) => temperature === 1);
    const lines = [line("teacher", "teacher", plain), line("student", "this student, round 1", own)];
    const of = (more: readonly Line[]) =>
      verdict(storeOf([...own, ...teachers]), { lines: [...lines, ...more], teacherHash: "t", length: 256, hint: "" });
    // At entropy 4.5 the teacher has 141.4 at 8 steps, 70.7 at 16 and 35.4 at 32.
    expect(of(ordered).at(-1)).toMatch(
      /^At the same entropy and without training, revealing from coarse to fine \(--sampler=spaced\), the teacher writes with 8 steps what its usual order needs 11\.3 \[1\d\.\d, 1\d\.\d\] steps for, and round 5 what its teacher's needs > 32\.0 \[> 32\.0, > 32\.0\] for\.$/,
    );
    expect(of([]).join(" ")).not.toContain("coarse");
  });

  it("says what guidance gives beside the AR baseline, and nothing where either is not known", () => {
    const own = [row({ hash: "s", steps: 8, value: 140, entropy: 4.5 })];
    const plain = teachers.filter(({ temperature }) => temperature === 1);
    const lines = [line("teacher", "teacher", plain), line("student", "this student, round 1", own)];
    const guided = line("guided", "teacher so, guided", [row({ hash: "t", steps: 8, value: 25, entropy: 4.4 })]);
    const baseline = line("level", "AR baseline", [row({ hash: "a", steps: null, value: 26, entropy: 4.5 })]);
    const of = (...more: Line[]) =>
      verdict(storeOf([...own, ...teachers]), { lines: [...lines, ...more], teacherHash: "t", length: 256, hint: "" });
    expect(of(guided, baseline).at(-1)).toBe(
      "And guided besides (--sampler=spaced+guided:0.5 --temperature=0.9), with 8 steps the teacher has gen-PPL 25.0 at entropy 4.40, where the AR baseline has gen-PPL 26.0 at entropy 4.50.",
    );
    expect([of(guided), of(baseline)].flat().join(" ")).not.toContain("guided");
  });

  it("is of a step count that is fixed beforehand: that of 32 tokens at once, or the next that was measured", () => {
    expect([
      headlineSteps([4, 8, 16], 256),
      headlineSteps([4, 16], 256),
      headlineSteps([2, 4], 256),
      headlineSteps([], 256),
    ]).toEqual([8, 16, 4, undefined]);
  });
});

it("the table has a cell for whoever was measured there, several seeds as one, and what takes no steps in a column of its own", () => {
  const two = [
    row({ hash: "t", steps: 8, value: 100, entropy: 5 }),
    row({ hash: "t", steps: 8, value: 400, entropy: 4, seed: 2 }),
  ];
  const lines = [
    line("teacher", "teacher", [...two, row({ hash: "t", steps: 2, value: 900, entropy: 5 })]),
    line("student", "this student, round 1", [row({ hash: "s", steps: 4, value: 50, entropy: 4.25 })]),
    line("level", "real text", [row({ hash: "x", steps: null, value: 22, entropy: 4.1 })]),
  ];
  expect(storyTable(lines, 4)).toEqual([
    ["gen-PPL / entropy at steps", "4", "8", "no steps"],
    ["network evaluations (NFE)", "4.00", "8.00", "–"],
    ["teacher", "–", "200 / 4.50", "–"],
    ["this student, round 1", "50.0 / 4.25", "–", "–"],
    ["real text", "–", "–", "22.0 / 4.10"],
  ]);
  expect(errorsText(lines)).toBe(
    "standard errors at most 1.00 % of gen-PPL and 0.00200 nats; 64 samples a cell of this student",
  );
});

describe("what is said without a judge", () => {
  const far = (hash: string, steps: number | null, value: number, n = 64): EvaluationRecord =>
    ({
      ...row({ hash, steps, value, entropy: 0 }),
      metric: "energy-distance-1",
      stderr: 0.0005,
      n,
    }) as EvaluationRecord;
  const lines = [
    line("teacher", "teacher", [row({ hash: "t", steps: 8, value: 200, entropy: 5 })]),
    line("student", "this student, round 1", [row({ hash: "s", steps: 8, value: 100, entropy: 5 })]),
    line("shipped", "round 5, ships", [row({ hash: "r", steps: 8, value: 50, entropy: 4 })]),
    line("level", "real text", [row({ hash: "x", steps: null, value: 20, entropy: 5 })]),
  ];

  it("is how far tokens lie from the training text at those steps, of the most samples, beside whatever is known", () => {
    const known = [
      far("s", 8, 0.01),
      far("s", 8, 0.5, 32),
      far("s", 4, 0.9),
      far("t", 8, 0.003),
      far("x", null, 0.002),
    ];
    expect(distanceSentence(storeOf(known), lines, 8)).toEqual([
      "Without a judge: its tokens lie 10.0 ± 0.500 thousandths from the training text, its teacher's 3.00 ± 0.500, held-out text's own 2.00 ± 0.500 (energy distance).",
    ]);
  });

  it("is nothing where the student's own, or all of the others', is not known", () => {
    expect(distanceSentence(storeOf([far("t", 8, 0.003)]), lines, 8)).toEqual([]);
    expect(distanceSentence(storeOf([far("s", 8, 0.003)]), lines, 8)).toEqual([]);
  });
});
