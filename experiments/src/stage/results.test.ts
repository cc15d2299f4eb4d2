/** @file Which figures are a stage's own, in a store that has figures of what ships too. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EvaluationRow, openStore, type Store } from "@sdtt/core/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ownFigures } from "./results.js";

let folder: string;
let store: Store;

const row = (runId: string, subjectHash: string, more: Partial<EvaluationRow> = {}): void => {
  const metric = { metric: "gen-ppl", definition: "gen-ppl-retokenised@1", referenceHash: "judge" };
  const drawn = { steps: 8, seed: 1, temperature: 1, n: 128, dtype: "float32", weights: "raw", round: 0 } as const;
  store.saveEvaluation({ ...metric, ...drawn, runId, subjectHash, value: 1, ...more });
};

function run(id: string, hash: string): void {
  const where = { engine: "onnx", machine: "here", command: "eval curve", experiment: "e", stage: "curve" } as const;
  const by = { name: id, round: 0, seed: 1, config: {}, configHash: "c", commit: "c", dirty: false, teacherHash: null };
  store.startRun({ ...where, ...by, id });
  store.addCheckpoint({ hash, runId: id, round: 0, weights: "raw", path: id, update: 1, teacherHash: null });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-results-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  run("shipped", "teacher");
  run("shipped-student", "round-5");
  run("own", "teacher");
  row("shipped", "teacher", { temperature: 1.05, value: 103 });
  row("shipped", "teacher", { temperature: 0.9, value: 58 });
  row("shipped", "teacher", { temperature: 0.9, value: 57, n: 256 });
  row("shipped", "teacher", { temperature: 0.9, value: 30, sampler: "spaced" });
  row("shipped-student", "round-5", { temperature: 0.9, value: 41 });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const shipped = new Set(["shipped", "shipped-student"]);
const values = (options: object) => ownFigures(store, { options: { ...options } }, shipped).map(({ value }) => value);

it("are those that its run drew, whatever ships of the same and of other models", () => {
  row("own", "teacher", { value: 86 });
  expect(values({ seed: 1, samples: 128, temperature: 1, sampler: "ancestral" })).toEqual([86]);
});

it("are those that ship where they are the same cell, which was not drawn again", () => {
  expect(values({ seed: 1, samples: 128, temperature: 0.9, sampler: "ancestral" })).toEqual([58]);
  expect(values({ seed: 1, samples: 128, temperature: 0.9, sampler: "spaced" })).toEqual([30]);
  expect(values({ seed: 2, samples: 128, temperature: 0.9 })).toEqual([]);
});
