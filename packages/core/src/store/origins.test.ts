import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, originsOf, type Store } from "./index.js";
import { aRun } from "./rows.fixture.js";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "origins-"));
  store = openStore(join(folder, "sdtt.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A round of a run, trained as a command leaves it. */
function train(
  name: string,
  round: number,
  teacherHash: string,
  config: Record<string, unknown>,
  corpusHash = "c0ffee12aa",
): string {
  const id = `${name}/round-${round}`;
  const hash = `${name} ${round}`;
  store.startRun(aRun({ id, name, round, config, corpusHash, teacherHash }));
  store.addCheckpoint({ hash, runId: id, round, weights: "ema", path: id, update: 10, teacherHash });
  return hash;
}

/** A curve of it, which notes the checkpoint under a run of its own, later. */
function evaluate(hash: string, round: number, teacherHash: string | null = null): string {
  const id = `${hash}/curve`;
  store.startRun(aRun({ id, name: `curve of ${hash}`, stage: "curve", round, config: { steps: [8] }, teacherHash }));
  store.addCheckpoint({ hash, runId: id, round, weights: "ema", path: "", update: 10, teacherHash });
  return id;
}

it("is that of the run which trained the checkpoint, not of the one that evaluated it later", () => {
  const hash = train("a", 1, "teacher", { lr: 1e-3, divergence: "reverse-kl", name: "a", seed: 1 });
  const runId = evaluate(hash, 1, "teacher");
  const { teacher, facts, run } = originsOf(store)({ subjectHash: hash, runId, round: 1 });
  expect([teacher, run?.id]).toEqual(["teacher", "a/round-1"]);
  expect(facts).toEqual({ lr: "0.001", divergence: "reverse-kl", text: "embedded (c0ffee12)" });
});

it("goes back over all rounds to their first teacher, and shows what changed between them", () => {
  const first = train("a", 1, "teacher", { lr: 1e-3, substeps: 2, weights: "raw" });
  const second = train("a", 2, first, { lr: 3e-4, substeps: 2, weights: "ema" });
  const { teacher, facts } = originsOf(store)({ subjectHash: second, runId: "a/round-2", round: 2 });
  expect([teacher, facts]).toEqual([
    "teacher",
    { lr: "0.001 → 0.0003", substeps: "2", weights: "raw", text: "embedded (c0ffee12)" },
  ]);
});

it("tells texts apart by content, and teachers by their weights, whatever they are called", () => {
  const origin = (name: string, teacherHash: string, corpusHash: string) => {
    const hash = train(name, 1, teacherHash, { source: "my-texts/" }, corpusHash);
    return originsOf(store)({ subjectHash: hash, runId: `${name}/round-1`, round: 1 });
  };
  const [a, b] = [origin("a", "mine", "aaaaaaaaaa"), origin("b", "other", "bbbbbbbbbb")];
  expect([a.facts.text, b.facts.text]).toEqual(["my-texts/ (aaaaaaaa)", "my-texts/ (bbbbbbbb)"]);
  expect([a.teacher, b.teacher]).toEqual(["mine", "other"]);
});

it("of a checkpoint that no run in the store trained is known by what evaluated it", () => {
  const runId = evaluate("from elsewhere", 1);
  const { teacher, facts, run } = originsOf(store)({ subjectHash: "from elsewhere", runId, round: 1 });
  expect([teacher, facts, run]).toEqual([null, { run: "curve of from elsewhere" }, undefined]);
  expect(originsOf(store)({ subjectHash: "t", runId, round: 0 })).toMatchObject({ teacher: "t", facts: {} });
});

it("is the same for a run from before an option was there and for one that was told what runs did before", () => {
  const [old, now] = [
    { lr: 1e-3 },
    { lr: 1e-3, objective: "sdtt", order: "random", clip: 1, beside: "a", judge: "there" },
  ];
  const other = { ...now, objective: "alpha" };
  const of = (name: string, config: Record<string, unknown>) => {
    const subjectHash = train(name, 1, "teacher", config);
    return originsOf(store)({ subjectHash, runId: `${name}/round-1`, round: 1 });
  };
  expect(of("old", old).facts).toEqual(of("now", now).facts);
  expect(of("old", old).told.objective).toBe("sdtt");
  expect(of("other", other).facts).toMatchObject({ objective: "alpha" });
});
