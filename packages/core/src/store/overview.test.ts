import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, type Store } from "./index.js";
import { anEvaluation, aRun } from "./rows.fixture.js";

let folder: string;
let store: Store;
let reader: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-overview-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  store.startRun(aRun());
  reader = openStore(store.path, { readonly: true });
});
afterEach(() => {
  reader.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const point = (update: number, loss: number) => ({
  update,
  loss,
  learningRate: 1e-3,
  gradNorm: 1,
  tokens: 10 * update,
  wallMs: 100,
});

it("reduces a training curve and loses neither its extremes nor what was not finite", () => {
  const losses = Array.from({ length: 1200 }, (_, i) => 1 + (i === 700 ? 50 : 0));
  losses[3] = Number.NaN;
  losses[4] = Number.POSITIVE_INFINITY;
  store.addTrainPoints(
    "run-1",
    losses.map((loss, i) => point(i + 1, loss)),
  );
  const curve = reader.trainCurve("run-1", 100);
  expect(curve.length).toBeLessThanOrEqual(100);
  expect(curve.reduce((sum, { updates }) => sum + updates, 0)).toBe(1200);
  expect(Math.max(...curve.map(({ maxLoss }) => maxLoss ?? 0))).toBe(51);
  expect(curve[0]).toMatchObject({ firstUpdate: 1, loss: 1, broken: 2 });
  expect(curve.at(-1)).toMatchObject({ update: 1200, tokens: 12_000, broken: 0 });
  expect(reader.trainCurve("none", 100)).toEqual([]);
});

it("says how far each run is, and of how many updates", () => {
  store.addTrainPoints("run-1", [point(1, 2), point(7, 1.5)]);
  expect(reader.progress()).toMatchObject([{ runId: "run-1", update: 7, loss: 1.5, planned: 100 }]);
  store.saveRound({ runId: "run-1", round: 1, dt: 0.1, updates: 40, teacherHash: "t" });
  expect(reader.progress()[0]?.planned).toBe(40);
});

it("moves its cursor with every kind of change, its row numbers with new runs and evaluations only", () => {
  const changes = [
    () => store.addTrainPoints("run-1", [point(1, 2)]),
    () => store.saveEvaluation(anEvaluation()),
    () => store.addEvent({ runId: "run-1", kind: "log", message: "hello" }),
    () => store.addNote({ experiment: "first", author: "ann", text: "note" }),
    () => store.saveTag({ runId: "run-1", tag: "best", isSet: true, author: "ann" }),
  ];
  for (const change of changes) {
    const before = reader.cursor();
    expect(reader.cursor()).toEqual(before);
    change();
    expect(reader.cursor().dataVersion).not.toBe(before.dataVersion);
  }
  const { runs, evaluations } = reader.cursor();
  store.heartbeat("run-1");
  store.addTrainPoints("run-1", [point(2, 2)]);
  expect(reader.cursor()).toMatchObject({ runs, evaluations });
  store.saveEvaluation(anEvaluation({ seed: 9 }));
  expect(reader.cursor()).toMatchObject({ runs, evaluations: evaluations + 1 });
  store.startRun(aRun({ id: "run-9" }));
  expect(reader.cursor().runs).toBe(runs + 1);
});

it("finds what is new since a time, and counts the samples that are kept", () => {
  const key = store.saveEvaluation(anEvaluation(), [{ index: 0, seed: 1, text: "a" }]);
  store.saveEvaluation(anEvaluation({ seed: 2, value: 241, createdAt: "2026-01-01T00:02:00.000Z" }));
  expect(reader.newEvaluations("2026-01-01T00:01:00.000Z")).toEqual({ first: 2 });
  expect(reader.newEvaluations("2026-01-01T00:02:00.001Z")).toEqual({});
  expect(reader.keptSamples("run-1")).toEqual({ [key]: 1 });
  expect(reader.runsSince("2020-01-01T00:00:00.000Z")).toHaveLength(1);
  expect(reader.runsSince("2999-01-01T00:00:00.000Z")).toEqual([]);
});
