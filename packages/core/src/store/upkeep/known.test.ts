import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, type Store } from "../file/open.js";
import { anEvaluation, aRun } from "../rows.fixture.js";
import { addKnown, knownOf, readKnown, writeKnown } from "./known.js";

let folder: string;
const opened: Store[] = [];
const open = (name: string) => {
  const store = openStore(join(folder, name));
  opened.push(store);
  return store;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "known-"));
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

/** A store with figures of two checkpoints, one of them of another sampler. */
function measured(): Store {
  const store = open("measured.sqlite");
  store.startRun({ ...aRun(), startedAt: "2026-01-01T00:00:00.000Z" });
  store.addCheckpoint({ hash: "shipped", runId: "run-1", round: 1, weights: "ema", path: "p", update: 9 });
  store.saveEvaluation(anEvaluation({ subjectHash: "shipped", steps: 4, value: 90, createdAt: "2026-01-02" }));
  store.saveEvaluation(anEvaluation({ subjectHash: "shipped", steps: 4, sampler: "top-k", value: 50 }));
  store.saveEvaluation(anEvaluation({ subjectHash: "shipped", steps: 8, value: Number.NaN }));
  store.saveEvaluation(anEvaluation({ subjectHash: "mine", steps: 4, value: 70 }));
  store.finishRun("run-1", "done", "2026-01-03T00:00:00.000Z");
  return store;
}

const everyRow = (store: Store) => ({
  runs: store.runs().map(({ heartbeatAt: _, ...run }) => run),
  evaluations: store.evaluations({ sampler: "any", control: "any" }),
  checkpoints: store.checkpoints(),
});

it("figures that ship come into a store that lacks them as they were made, and only those that are numbers", () => {
  const from = measured();
  const path = join(folder, "known.json");
  writeKnown(path, knownOf(from, ["shipped"]));
  const known = readKnown(path);
  const store = open("new.sqlite");
  expect(known && addKnown(store, known)).toBe(2);
  const wanted = everyRow(from);
  const isShipped = ({ subjectHash, steps }: { subjectHash: string; steps: number | null }) =>
    subjectHash === "shipped" && steps === 4;
  expect(everyRow(store)).toEqual({ ...wanted, evaluations: wanted.evaluations.filter(isShipped) });
  expect(store.run("run-1")).toMatchObject({ attempt: 1, status: "done", finishedAt: "2026-01-03T00:00:00.000Z" });
});

it("a second time nothing changes, and what the store has itself stays as it is", () => {
  const known = knownOf(measured(), ["shipped"]);
  const store = open("new.sqlite");
  store.startRun({ ...aRun({ id: "own" }), startedAt: "2026-02-01T00:00:00.000Z" });
  store.saveEvaluation(anEvaluation({ subjectHash: "shipped", steps: 4, value: 91, runId: "own" }));
  expect(addKnown(store, known)).toBe(1);
  const before = everyRow(store);
  expect(before.evaluations.map(({ value }) => value).sort()).toEqual([50, 91]);
  expect(addKnown(store, known)).toBe(0);
  expect(everyRow(store)).toEqual(before);
});

it("a file of another form is refused with what to do, and none is no figures", () => {
  const path = join(folder, "known.json");
  expect(readKnown(path)).toBeUndefined();
  writeFileSync(path, '{"format": 7}');
  expect(() => readKnown(path)).toThrow(
    "the file must be JSON of format 1, got format 7. Fetch it again, or remove it.",
  );
});

it("reads rows that were written under the names of before as those of today", () => {
  const path = join(folder, "known.json");
  const from = measured();
  const known = knownOf(from, ["shipped"]);
  writeKnown(path, { ...known, runs: known.runs.map((run) => ({ ...run, stage: "curve", command: "eval report" })) });
  const text = readFileSync(path, "utf8")
    .replaceAll("subjectHash", "checkpointHash")
    .replaceAll("referenceHash", "judgeHash");
  writeFileSync(path, text);
  expect(readKnown(path)).toEqual({
    ...known,
    runs: known.runs.map((run) => ({ ...run, stage: "report", command: "eval report" })),
  });
});
