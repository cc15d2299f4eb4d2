import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "@sdtt/core/base";
import { type EvaluationRow, openStore, type Store } from "@sdtt/core/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reportOf, writeReport } from "./report.js";
import { saidOf } from "./tables.js";

let folder: string;
let store: Store;

const run = { seed: 1, config: {}, configHash: "c", commit: "c", dirty: false } as const;
const where = { engine: "onnx", machine: "here", command: "eval curve", experiment: "default" };

/** A student as `distill:round` leaves it: its run, its weights, and which of them the round calls its student. */
function train(seed: number, student: string, ...others: string[]): void {
  const id = `seed-${seed}/round-1`;
  const config = { lr: 1e-3, weights: "raw", source: "embedded" };
  store.startRun({
    ...run,
    ...where,
    id,
    name: `seed-${seed}`,
    stage: "round",
    round: 1,
    seed,
    config,
    teacherHash: "h0",
  });
  for (const hash of [student, ...others]) {
    store.addCheckpoint({ hash, runId: id, round: 1, weights: "raw", path: id, update: 250, teacherHash: "h0" });
  }
  store.saveRound({ runId: id, round: 1, dt: 1 / 32, updates: 250, teacherHash: "h0", studentHash: student });
}

function judge(
  round: number,
  seed: number,
  temperature: number,
  value: number,
  entropy: number,
  more: Partial<EvaluationRow> = {},
) {
  const id = `r${round}-${seed}-${temperature}`;
  store.startRun({
    ...run,
    ...where,
    id,
    stage: "curve",
    name: round ? `seed-${seed}` : "teacher",
    round,
    teacherHash: round ? "h0" : null,
  });
  const what = {
    metric: "gen-ppl",
    definition: "gen-ppl-retokenised@1",
    referenceHash: "judge",
    weights: "raw",
  } as const;
  const drawn = { steps: 8, nfe: 7.9, seed, temperature, dtype: "float32", n: 16 };
  const subjectHash = round === 0 ? "h0" : `h1-${seed}`;
  store.saveEvaluation({
    ...what,
    ...drawn,
    runId: id,
    round,
    subjectHash,
    value,
    stderr: 1,
    entropy,
    entropyStderr: 1e-4,
    ...more,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-report-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  for (const seed of [1, 2, 3]) {
    train(seed, `h1-${seed}`, `raw-${seed}`);
    judge(0, seed, 1, 400, 5);
    judge(0, seed, 0.8, 100, 4);
    judge(1, seed, 1, 100 + seed, 4.5);
    // Of another report, with fewer samples: it must not count.
    judge(0, seed, 0.8, 300, 4.4, { n: 8 });
    judge(1, seed, 1, 500, 4.5, { n: 8 });
  }
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const said = (claim: string) => saidOf(reportOf(store, "default").tables, claim);
const shown = (claim: string) => said(`${claim}|text`);

describe("the default experiment's report", () => {
  it("has a plot, and the gain at matched entropy of each seed's own teacher with its verdict", () => {
    const text = readFileSync(writeReport(store, "default", folder), "utf8");
    expect(readFileSync(join(folder, "default.svg"), "utf8")).toContain("<svg");
    // Teacher at entropy 4.5: √(400·100) = 200; students 101, 102, 103: geometric mean of the ratios 1.96.
    expect(text).toMatch(/\| round 1 \| 1\.96 \[1\.9\d, \d\.\d\d\] better \|/);
    expect(text).toContain("verdicts at 5 % for one comparison");
  });

  it("has what a frequency penalty gains at equal entropy, where it was drawn", () => {
    for (const seed of [1, 2, 3]) {
      judge(0, seed, 0.7, 100, 4.5, { sampler: "penalised:0.4" });
      judge(0, seed, 0.9, 1, 4.5, { sampler: "penalised:0.4" });
    }
    expect(shown("penalty|teacher, penalised|8")).toBe("100 / 4.50");
    // The plain teacher at entropy 4.5: √(400·100).
    expect(said("penalty|gain of teacher, penalised|8")).toBe("2.00");
  });

  it("has what guidance gains over ancestral steps, and over the same order without it, where it was drawn", () => {
    for (const seed of [1, 2, 3]) {
      judge(0, seed, 0.9, 50, 4.5, { sampler: "spaced+guided:0.5" });
      judge(0, seed, 1, 1, 4.5, { sampler: "spaced+guided:0.5" });
      judge(0, seed, 1, 120, 5, { sampler: "spaced" });
      judge(0, seed, 0.8, 30, 4, { sampler: "spaced" });
    }
    expect(shown("guidance|teacher, coarse to fine, guided|8")).toBe("50.0 / 4.50");
    // At entropy 4.5 the plain teacher has √(400·100), from coarse to fine √(120·30).
    expect(said("guidance|gain of teacher, coarse to fine, guided|8")).toBe("4.00");
    expect(said("guidance|gain of teacher, coarse to fine, guided over the teacher so drawn|8")).toBe("1.20");
  });

  it("has how far from text each is, with its temperatures and levels beside, and no controls", () => {
    const far = { metric: "energy-distance-1", definition: "energy-distance-1-tokens@1", stderr: 0.003 };
    for (const seed of [1, 2, 3]) {
      judge(0, seed, 1, 0.01 * seed, 5, far);
      judge(0, seed, 0.8, 0.5, 5, far);
      judge(1, seed, 1, 0.9, 5, { ...far, control: "null" });
      judge(1, seed, 1, 0.04, 5, { ...far, sampler: "spaced" });
    }
    store.startRun({ ...run, ...where, id: "text", stage: "reference", name: "real text", round: 0 });
    const level = { runId: "text", subjectHash: "text", round: 0, weights: "raw", seed: 1, temperature: 1 } as const;
    store.saveEvaluation({ ...level, ...far, dtype: "float32", n: 16, value: 0.002 });
    // Mean of 10, 20, 30; three errors of 3 thousandths.
    expect(said("distance|tokens: teacher|8|error")).toBe("20.0 ± 1.73");
    expect(said("distance|tokens: round 1, coarse to fine|8")).toBe("40.0");
    expect(said("distance|tokens: real text|8")).toBe("2.00");
    expect(said("distance|tokens: teacher, τ = 0.8|8")).toBe("500");
    expect(shown("distance|tokens: round 1|8")).toBeUndefined();
  });

  it("has network evaluations beside steps, and no verdict of raw gen-PPL", () => {
    expect(said("gen-ppl|NFE|8")).toBe("7.90");
    // Ratios 0.2525, 0.255, 0.2575: all of them far below 1, which says nothing by itself.
    expect(shown("ratio|round 1|8")).toMatch(/^0\.25 \[0\.2\d, 0\.2\d\]$/);
    // Each seed's error is 1 of 102, and 101, 102, 103 scatter by as much.
    expect(shown("variation|round 1|8")).toBe("0.980 % / 0.980 %");
  });

  it("has one value of a number: the geometric mean in every table", () => {
    for (const seed of [1, 2]) judge(1, seed, 1, 102 * (seed === 1 ? 0.5 : 2), 4.5);
    judge(1, 3, 1, 102, 4.5);
    expect([said("gen-ppl|round 1|8"), said("gain|round 1|8")]).toEqual(["102", "1.96"]);
  });

  it("says how many steps the teacher needs for the same text", () => {
    for (const seed of [1, 2, 3]) {
      judge(0, seed, 1, 200, 5, { steps: 16, nfe: 15 });
      judge(0, seed, 0.8, 50, 4, { steps: 16, nfe: 15 });
    }
    // 200 at 8 steps, 100 at 16: 102 in between.
    const expected = 8 * 2 ** (Math.log(200 / 102) / Math.log(2));
    expect(Number(said("teacher-steps|round 1|8"))).toBeCloseTo(expected, 0);
    expect(shown("teacher-steps|round 1|8")).toMatch(
      /^15\.\d \[15\.\d, > 16\.0\] \(NFE 14\.\d\)$|^15\.\d \[\d+\.\d, \d+\.\d\] \(NFE 14\.\d\)$/,
    );
  });

  it("counts students at temperature 1 only: 1.96 with three seeds, also after more temperatures of one of them", () => {
    const before = shown("gain|round 1|8");
    judge(1, 1, 0.9, 80, 4.3);
    judge(1, 1, 0.8, 75, 4.1);
    expect([shown("gain|round 1|8"), said("gain|round 1|8")]).toEqual([before, "1.96"]);
  });

  it("takes the weights that a round calls its student: 0.25 of three seeds, whatever raw rows stand beside", () => {
    const before = shown("ratio|round 1|8");
    judge(1, 1, 1, 150, 4.6, { subjectHash: "raw-1" });
    expect([shown("ratio|round 1|8"), said("ratio|round 1|8")]).toEqual([before, "0.25"]);
  });

  it("refuses two models of one round and seed where the store does not tell which is the student", () => {
    judge(1, 1, 1, 150, 4.6, { subjectHash: "from elsewhere" });
    expect(() => reportOf(store, "default")).toThrow(UserError);
    expect(() => reportOf(store, "default")).toThrow(
      /report of default: a table must be of one .*, got .* and .*round 1/,
    );
  });

  it("refuses two teachers: they are never two seeds", () => {
    judge(0, 4, 1, 20_000, 5, { subjectHash: "another" });
    expect(() => reportOf(store, "default")).toThrow(/got teacher another and teacher h0/);
  });

  it("says which seeds a gain is outside of, and makes no mean and no interval of the rest", () => {
    judge(1, 3, 1, 40, 3.9);
    expect(shown("gain|round 1|8")).toBe("outside in 1 of 3");
    expect(shown("teacher-steps|round 1|8")).toBe("outside in 1 of 3");
  });

  it("has what controls gain beside students, who are never mixed with them, and a student's gain over its null round's", () => {
    const before = shown("gain|round 1|8");
    for (const seed of [1, 2, 3]) {
      // At entropy 4.5 the teacher has 200: a null round gains 1.25, the student 1.96.
      judge(1, seed, 1, 160, 4.5, { subjectHash: `null-${seed}`, control: "null", runId: `r1-${seed}-1` });
    }
    expect(said("controls|null rounds, round 1|8")).toBe("1.25");
    expect(shown("controls|round 1 ÷ null rounds|8")).toMatch(/^1\.57 \[1\.5\d, 1\.\d\d\]$/);
    expect(shown("gain|round 1|8")).toBe(before);
  });

  it("has teacher and student drawn from coarse to fine against the teacher's ancestral steps, and against it so drawn", () => {
    const before = reportOf(store, "default").tables.map(({ key }) => key);
    for (const seed of [1, 2, 3]) {
      judge(0, seed, 1, 200, 5, { steps: 16, nfe: 15 });
      judge(0, seed, 0.8, 50, 4, { steps: 16, nfe: 15 });
      const spaced = { sampler: "spaced" };
      judge(0, seed, 1, 100, 4.5, spaced);
      judge(0, seed, 0.8, 50, 4, spaced);
      judge(1, seed, 1, 50, 4.25, spaced);
    }
    expect(before).not.toContain("order");
    // At entropy 4.5 ancestral steps have 200 at 8 and 100 at 16; at 4.25 141 and 71; so drawn the teacher has 71 at 8.
    expect(shown("order|teacher|8")).toBe("100 / 4.50");
    expect(said("order|gain of teacher|8")).toBe("2.00");
    expect(said("order|ancestral steps for teacher|8")).toBe("16.0");
    expect(shown("order|gain of round 1|8")).toMatch(/^2\.83 \[2\.\d\d, \d\.\d\d\]$/);
    expect(said("order|ancestral steps for round 1|8")).toMatch(/^> 16/);
    expect(shown("order|gain of round 1 over the teacher so drawn|8")).toMatch(/^1\.41 \[1\.\d\d, 1\.\d\d\]$/);
    expect(said("gen-ppl|teacher|8")).toBe("400");
  });

  it("keeps the prose around the figures when it is written again, and its numbers as the tables have them", () => {
    const path = writeReport(store, "default", folder);
    const claim =
      "At 8 steps it gains <!-- =gain|round 1|8 -->9.99<!-- / --> times, or <!-- =gain|round 9|8 -->7<!-- / -->.";
    writeFileSync(path, `${readFileSync(path, "utf8")}\n${claim}\n`);
    const again = readFileSync(writeReport(store, "default", folder), "utf8");
    expect(again).toContain(
      "it gains <!-- =gain|round 1|8 -->1.96<!-- / --> times, or <!-- =gain|round 9|8 -->7<!-- / -->.",
    );
    expect(again.match(/figures: begin/g)).toHaveLength(1);
  });

  it("compares last words passage by passage, with intervals over passages in every row of the column", () => {
    const nats = Array.from({ length: 40 }, (_, i) => 5 + 3 * Math.sin(i));
    const word = (round: number, seed: number, shift: number) => {
      const sums = nats.map((one, i) => one + shift + 0.1 * Math.cos(7 * i));
      const value = Math.exp(sums.reduce((sum, x) => sum + x, 0) / 40);
      const id = `${round}-${seed}-words`;
      store.startRun({
        ...run,
        ...where,
        id,
        stage: "lambada",
        name: round ? `seed-${seed}` : "teacher",
        round,
        teacherHash: round ? "h0" : null,
      });
      const subjectHash = round === 0 ? "h0" : `h1-${seed}`;
      const row = {
        runId: id,
        round,
        subjectHash,
        weights: "raw",
        dtype: "float32",
        temperature: 1,
        seed: 0,
        n: 40,
      } as const;
      const about = { metric: "last-word-ppl-bound", definition: "last-word-ppl-bound@3", referenceHash: "passages" };
      store.saveEvaluation({ ...row, ...about, value, stderr: 0.3 * value }, [], { items: "passages", sums });
    };
    word(0, 0, 0);
    for (const seed of [1, 2, 3]) word(1, seed, 0.2);
    const width = (name: string) => {
      const [, low = "", high = ""] =
        /\[([\d.]+), ([\d.]+)\]/.exec(shown(`last-word|${name}|last-word-ppl-bound`) ?? "") ?? [];
      return Math.log(Number(high) / Number(low));
    };
    expect(width("round 1")).toBeCloseTo(width("teacher"), 1);
    expect(shown("last-word-paired|round 1|last-word-ppl-bound")).toMatch(/^1\.22 \[1\.22, 1\.22\] worse$/);
  });
});
