import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { type Control, controlNames, evaluationKey, openStore, type Store } from "./index.js";
import { aDefinition, anEvaluation, aRun } from "./rows.fixture.js";

let folder: string;
let path: string;
const open: Store[] = [];
const opened = (options?: { readonly: boolean }): Store => {
  const store = openStore(path, options);
  open.push(store);
  return store;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-store-"));
  path = join(folder, "deep", "sdtt.sqlite");
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

describe("values", () => {
  it("keeps NaN, infinities and absence apart", () => {
    const store = opened();
    store.startRun(aRun());
    const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
    store.saveEvaluation(anEvaluation({ value: nan, stderr: infinite, entropy: null, entropyStderr: nan }));
    expect(store.evaluations()).toMatchObject([{ value: nan, stderr: infinite, entropy: null, entropyStderr: nan }]);
    store.addTrainPoints("run-1", [
      { update: 1, loss: nan, learningRate: 0, gradNorm: -infinite, tokens: 2 ** 40, wallMs: null },
    ]);
    expect(store.trainPoints("run-1")).toEqual([
      {
        update: 1,
        loss: nan,
        learningRate: 0,
        gradNorm: -infinite,
        validationLoss: null,
        validationDefinition: null,
        tokens: 2 ** 40,
        wallMs: null,
      },
    ]);
  });

  it("forgets a NaN when the value is measured again", () => {
    const store = opened();
    store.startRun(aRun());
    store.saveEvaluation(anEvaluation({ value: Number.NaN }));
    store.saveEvaluation(anEvaluation({ value: 7 }));
    expect(store.evaluations().map((e) => e.value)).toEqual([7]);
  });

  it("refuses a column's value of another type, because the tables are strict", () => {
    const store = opened();
    const wrong = { ...aRun(), seed: "many" as unknown as number };
    expect(() => store.startRun(wrong)).toThrow(/cannot store TEXT value in INTEGER column/);
    const client = new Database(path, { readonly: true });
    const tables = client.pragma("table_list") as { name: string; schema: string; strict: number }[];
    client.close();
    const ours = tables.filter((t) => t.schema === "main" && !/^(sqlite_|__)/.test(t.name));
    expect(ours).toHaveLength(13);
    expect(ours.filter((t) => t.strict !== 1)).toEqual([]);
  });
});

describe("writing again", () => {
  it("leaves one row per natural key", () => {
    const store = opened();
    for (let time = 0; time < 2; time++) {
      store.startRun(aRun());
      store.saveEvaluation(anEvaluation(), [{ index: 0, seed: 1, text: "In the beginning", ids: [1, 2], nll: 3 }]);
      store.addTrainPoints("run-1", [{ update: 1, loss: 2, learningRate: 0, gradNorm: 1, tokens: 9, wallMs: 1 }]);
      store.addCheckpoint({ hash: "aaaa", runId: "run-1", round: 1, weights: "ema", path: "x", update: 9 });
      store.saveRound({ runId: "run-1", round: 1, dt: 1 / 64, updates: 9, teacherHash: "t" });
      store.addEvent({ runId: "run-1", kind: "warning", message: "slow", at: "2026-01-01" });
      store.addNote({ experiment: "first", author: "me", text: "good", at: "2026-01-01" });
    }
    expect(store.experiments()).toMatchObject([{ name: "first", runs: 1, evaluations: 1 }]);
    expect(store.runs()).toMatchObject([{ id: "run-1", attempt: 2, status: "running", config: { updates: 100 } }]);
    const [evaluation] = store.evaluations();
    expect(evaluation?.key).toBe(evaluationKey(anEvaluation()));
    expect(store.samples(evaluation?.key as string)).toEqual([
      { index: 0, seed: 1, text: "In the beginning", ids: [1, 2], revealSteps: null, pieces: null, nll: 3 },
    ]);
    const counts = [store.trainPoints("run-1"), store.checkpoints(), store.rounds("run-1"), store.events("run-1")];
    expect([...counts, store.notes("first")].map((rows) => rows.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it("keeps samples when an evaluation is saved without any, and replaces them when it has some", () => {
    const store = opened();
    store.startRun(aRun());
    const key = store.saveEvaluation(anEvaluation(), [
      { index: 0, seed: 1, text: "a" },
      { index: 1, seed: 1, text: "b" },
    ]);
    store.saveEvaluation(anEvaluation());
    expect(store.samples(key).map((s) => s.text)).toEqual(["a", "b"]);
    store.saveEvaluation(anEvaluation(), [{ index: 0, seed: 1, text: "c" }]);
    expect(store.samples(key).map((s) => s.text)).toEqual(["c"]);
  });

  it("keeps a sample's pieces, which joined are its text", () => {
    const store = opened();
    store.startRun(aRun());
    const key = store.saveEvaluation(anEvaluation(), [{ index: 0, seed: 1, text: "ab", pieces: ["a", "b"] }]);
    expect(store.samples(key)[0]?.pieces).toEqual(["a", "b"]);
  });

  it("keeps what a figure is made of, NaN and infinities too, and replaces it when it is given again", () => {
    const store = opened();
    store.startRun(aRun());
    const sums = [1.5, Number.NaN, Number.POSITIVE_INFINITY, -0];
    const key = store.saveEvaluation(anEvaluation(), undefined, { items: "passages", sums, counts: [1, 2, 3, 4] });
    store.saveEvaluation(anEvaluation());
    const kept = store.itemScores(key);
    expect([kept?.items, [...(kept?.sums ?? [])], [...(kept?.counts ?? [])]]).toEqual(["passages", sums, [1, 2, 3, 4]]);
    store.saveEvaluation(anEvaluation(), undefined, { items: "others", sums: [7] });
    expect(store.itemScores(key)).toEqual({ items: "others", sums: Float64Array.of(7), counts: null });
    expect(store.itemScores("none")).toBeUndefined();
  });

  it("keeps what is declared of a definition, the newest word", () => {
    const store = opened();
    store.saveDefinitions([aDefinition(), aDefinition({ definition: "mauve@2", better: "higher" })]);
    store.saveDefinitions([aDefinition({ what: "in other words", dependsOnN: true })]);
    expect(store.definitions()).toEqual([
      aDefinition({ what: "in other words", dependsOnN: true }),
      aDefinition({ definition: "mauve@2", better: "higher" }),
    ]);
  });

  it("writes an evaluation and its samples together or not at all", () => {
    const store = opened();
    store.startRun(aRun());
    const twice = { index: 0, seed: 1, text: "a" };
    expect(() => store.saveEvaluation(anEvaluation(), [twice, twice])).toThrow(/UNIQUE/);
    expect(store.evaluations()).toEqual([]);
  });
});

describe("reading", () => {
  it("gives of students those at temperature 1 and of teachers all, where gains at matched entropy are asked for", () => {
    const store = opened();
    store.startRun(aRun());
    for (const round of [0, 1]) {
      for (const temperature of [1, 0.8])
        store.saveEvaluation(anEvaluation({ subjectHash: `of ${round}`, round, temperature }));
    }
    const found = store.evaluations({ temperatures: "matched" });
    expect(found.map(({ round, temperature }) => [round, temperature]).sort()).toEqual([
      [0, 0.8],
      [0, 1],
      [1, 1],
    ]);
    expect(store.evaluations()).toHaveLength(4);
  });

  it("keeps controls and unfinished rounds apart from students, and gives them only where they are asked for", () => {
    const store = opened();
    store.startRun(aRun());
    const of = (control?: Control) => store.saveEvaluation(anEvaluation({ subjectHash: `of ${control}`, control }));
    const [student, ...others] = [undefined, ...controlNames].map(of);
    expect(store.evaluations().map(({ key }) => key)).toEqual([student]);
    expect(store.evaluations({ control: "any" })).toHaveLength(1 + others.length);
    expect(store.evaluations({ control: "null" }).map(({ control }) => control)).toEqual(["null"]);
  });

  it("keeps figures of another sampler or top-p apart, and gives them only where all are asked for", () => {
    const store = opened();
    store.startRun(aRun());
    const samplings = [{}, { sampler: "ancestral", topP: 1 }, { sampler: "first-hitting" }, { topP: 0.9 }];
    const keys = samplings.map((sampling) => store.saveEvaluation(anEvaluation(sampling)));
    // As it was before there were samplers: stores of then are still found.
    expect(keys.slice(0, 2)).toEqual(Array(2).fill("9a5d375c52e90b998949b62951744a7a"));
    expect(new Set(keys).size).toBe(3);
    expect(store.evaluations().map(({ key }) => key)).toEqual([keys[0]]);
    const all = store.evaluations({ sampler: "any" }).map(({ sampler, topP }) => [sampler, topP]);
    expect(all.sort()).toEqual(
      [
        [null, 0.9],
        [null, null],
        ["first-hitting", null],
      ].sort(),
    );
  });

  it("finds an experiment's teacher where another experiment evaluated it, and nothing foreign", () => {
    const store = opened();
    store.startRun(aRun({ id: "other", experiment: "A" }));
    store.startRun(aRun({ id: "mine", experiment: "B", teacherHash: "teacher" }));
    store.saveEvaluation(anEvaluation({ runId: "other", subjectHash: "teacher", round: 0 }));
    store.saveEvaluation(anEvaluation({ runId: "other", subjectHash: "foreign" }));
    store.saveEvaluation(anEvaluation({ runId: "mine", subjectHash: "student" }));
    const found = store.evaluations({ experiment: "B", metric: "gen-ppl" }).map((e) => e.subjectHash);
    expect(found).toEqual(["teacher", "student"]);
    const counted = store.experiments().map(({ name, runs, evaluations }) => ({ name, runs, evaluations }));
    expect(counted).toContainEqual({ name: "A", runs: 1, evaluations: 2 });
    expect(counted).toContainEqual({ name: "B", runs: 1, evaluations: 1 });
  });

  it("follows the lineage from a student to its first teacher", () => {
    const store = opened();
    store.startRun(aRun());
    const checkpoint = { runId: "run-1", weights: "ema", path: "p", update: 1 } as const;
    store.addCheckpoint({ ...checkpoint, hash: "c", round: 2, teacherHash: "b" });
    store.addCheckpoint({ ...checkpoint, hash: "b", round: 1, teacherHash: "a" });
    store.addCheckpoint({ ...checkpoint, hash: "a", round: 0 });
    expect(store.lineage("c").map((row) => row.hash)).toEqual(["c", "b", "a"]);
  });

  it("names in the lineage the run that trained a checkpoint, though another evaluated it before", () => {
    const store = opened();
    store.startRun(aRun());
    store.startRun(aRun({ id: "judging", stage: "curve" }));
    const row = { hash: "b", weights: "ema", path: "p", update: 1, round: 1, teacherHash: "a" } as const;
    store.addCheckpoint({ ...row, runId: "judging", createdAt: "2026-01-01T00:00:00.000Z" });
    expect(store.lineage("b").map(({ runId }) => runId)).toEqual(["judging"]);
    store.addCheckpoint({ ...row, runId: "run-1", createdAt: "2026-01-02T00:00:00.000Z" });
    expect(store.lineage("b").map(({ runId }) => runId)).toEqual(["run-1"]);
  });

  it("sees rows written after it was opened for reading only, and writes nothing", () => {
    const writer = opened();
    const reader = opened({ readonly: true });
    writer.startRun(aRun());
    writer.finishRun("run-1", "done");
    expect(reader.run("run-1")?.status).toBe("done");
    expect(() => reader.heartbeat("run-1")).toThrow(/the file must be writable/);
  });
});

describe("a file that cannot be used is refused in one sentence", () => {
  it("absent where it is only to be read", () => {
    const message = `store ${path}: a store that is only read must exist, got no such file. Run an experiment first, or name the file of another store (flag --store).`;
    expect(() => opened({ readonly: true })).toThrow(new UserError(message));
  });

  it("not a database", () => {
    path = join(folder, "text");
    writeFileSync(path, "not a database, but long enough to be looked at ".repeat(100));
    for (const readonly of [true, false]) {
      expect(() => opened({ readonly })).toThrow(/must be an undamaged SQLite database, got one .*Restore a backup/);
    }
  });

  it("cut off in the middle", () => {
    const store = openStore(path);
    store.startRun(aRun());
    for (let seed = 0; seed < 300; seed++) store.saveEvaluation(anEvaluation({ seed }));
    store.close();
    truncateSync(path, 24 * 1024);
    expect(() => opened().evaluations()).toThrow(UserError);
  });

  it("deleted or replaced while it is written to", () => {
    const store = opened();
    store.startRun(aRun());
    renameSync(path, `${path}.moved`);
    expect(() => store.heartbeat("run-1")).toThrow(/must stay while it is written to, got none \(it was deleted/);
    opened();
    expect(() => store.heartbeat("run-1")).toThrow(/got another one of its name\. Put it back, or run again/);
  });

  it("in a place that is not a folder", () => {
    writeFileSync(join(folder, "file"), "");
    path = join(folder, "file", "sdtt.sqlite");
    expect(() => opened()).toThrow(/must be one that can be opened, got none/);
  });
});
