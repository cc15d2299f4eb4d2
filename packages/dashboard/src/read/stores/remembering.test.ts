import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@sdtt/core/store";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { seedStore } from "../../seed.fixture.js";
import { remember } from "./remembering.js";
import { openStores, type Stores } from "./stores.js";

let folder: string;
let writer: Store;
let stores: Stores;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-remembering-"));
  const path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  writer = openStore(path);
  stores = openStores([path]);
});
afterEach(() => {
  stores.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

const point = (update: number, loss: number) => {
  return { update, loss, learningRate: 1e-3, gradNorm: 1, tokens: update, wallMs: 1 };
};
const since = "2020-01-01T00:00:00.000Z";

it("keeps sums and resting runs' curves while another run trains, and tells that the stores changed", () => {
  writer.addTrainPoints("demo", [point(1, 3)]);
  const [before, sums, resting] = [
    stores.version(),
    stores.reader.newEvaluations(since),
    stores.reader.trainCurve("demo", 9),
  ];
  writer.addTrainPoints("odd", [point(1, 2)]);
  expect(stores.version().all).not.toBe(before.all);
  expect(stores.version().figures).toBe(before.figures);
  expect(stores.reader.newEvaluations(since)).toBe(sums);
  expect(stores.reader.trainCurve("demo", 9)).toBe(resting);
  expect(stores.reader.trainCurve("odd", 9)).toMatchObject([{ loss: 2 }]);
});

it("asks again for a curve that grew, for other buckets, and after a new evaluation or run", () => {
  writer.addTrainPoints("demo", [point(1, 3)]);
  expect(stores.reader.trainCurve("demo", 1)).toHaveLength(1);
  writer.addTrainPoints("demo", [point(2, 5)]);
  expect(stores.reader.trainCurve("demo", 1)).toMatchObject([{ loss: 4, updates: 2 }]);
  expect(stores.reader.trainCurve("demo", 2)).toHaveLength(2);
  const [row] = stores.reader.evaluations({ experiment: "demo" });
  const run = stores.reader.run("demo");
  if (row === undefined || run === undefined) throw new Error("the fixture is empty");
  const { key: _, ...evaluation } = row;
  const count = () => stores.reader.experiments().find(({ name }) => name === "demo");
  const { runs = 0, evaluations = 0 } = count() ?? {};
  writer.saveEvaluation({ ...evaluation, seed: 99 });
  expect(count()).toMatchObject({ runs, evaluations: evaluations + 1 });
  writer.startRun({ ...run, id: "more" });
  expect(count()).toMatchObject({ runs: runs + 1 });
});

it("asks again after a minute where something changed at all, though it was no figure, and never where nothing did", () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const state = { figures: "1", whole: "1", asked: 0 };
    const ask = remember(
      (_: string) => ++state.asked,
      () => state.figures,
      () => state.whole,
    );
    vi.setSystemTime(10 * 60_000);
    expect([ask("a"), ask("a")]).toEqual([1, 1]);
    vi.setSystemTime(20 * 60_000);
    expect(ask("a")).toBe(1);
    state.whole = "2";
    expect(ask("a")).toBe(2);
    Object.assign(state, { figures: "2", whole: "3" });
    expect(ask("a")).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
