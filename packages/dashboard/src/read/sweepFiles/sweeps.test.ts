import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sweep } from "../../charts/data/sweepGrid.js";
import { parallelChart } from "../../charts/drawing/parallelChart.js";
import { themes } from "../../charts/drawing/theme.js";
import { seedStore } from "../../seed.fixture.js";
import { homeOf } from "../home.js";
import { runDetail } from "../run.js";
import { openStores, type Stores } from "../stores/stores.js";
import { sweepOf } from "../sweeps/sweep.js";
import { hash, submitSweep } from "./sweep.fixture.js";

let folder: string;
let stores: Stores;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-sweeps-"));
  const path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  submitSweep(folder, "demo");
  stores = openStores([path]);
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

const sweep = (steps?: number) => sweepOf(stores.reader, stores.sweeps, "demo", steps);

describe("a submitted sweep", () => {
  it("is a grid over its definition's axes with every cell in its state, the pruned ones too", () => {
    const { axes, cells, counts, steps, stepChoices } = sweep();
    expect(axes).toEqual([
      { key: "lr", values: ["0.001", "0.01", "0.1"] },
      { key: "substeps", values: ["2", "4"] },
    ]);
    expect(counts).toEqual({ done: 4, stopped: 4, failed: 2, pruned: 2 });
    expect([steps, stepChoices]).toEqual([8, [4, 8, 16]]);
    expect(cells[0]).toMatchObject({ at: ["0.001", "2"], statuses: { done: 2 }, seeds: [1, 2], round: 1 });
    expect(cells[0]?.value).toMatchObject({ n: 2, mean: expect.closeTo(Math.sqrt(101 * 102)) });
    expect(cells[0]?.entropy).toBeCloseTo(4.15);
    expect(cells.at(-1)).toMatchObject({ statuses: { pruned: 2 }, value: null, entropy: null });
    expect(sweep(16).cells[0]?.value?.mean).toBe(Number.POSITIVE_INFINITY);
    expect(() => sweep(5)).toThrow(/must be a step count that was judged, got 5\. Give one of: 4, 8, 16\./);
  });

  it("says why a cell is not done, and gives the commands that retry or cancel it", () => {
    const { open, commands } = sweep();
    const state = (wanted: string) => open.find((cell) => cell.state === wanted);
    expect(state("pruned")).toMatchObject({ note: "after round 1: 900.0, median 400.0 of 8", commands: {} });
    const where = `--sweep=demo --root=${folder}`;
    expect(state("failed")?.note).toMatch(/^out of memory/);
    expect(state("failed")?.commands.retry).toBe(
      `npx nx run experiments:retry ${where} --cell=${hash("cell", 0.1, 2, 1).slice(0, 12)} && ` +
        `npx nx run experiments:sweep --spec='experiments/a study.experiment.ts' --root=${folder}`,
    );
    expect(state("stopped")?.commands.cancel).toMatch(`npx nx run experiments:cancel ${where} --cell=`);
    expect(commands["cancel what is not done"]).toBe(`npx nx run experiments:cancel ${where}`);
  });

  it("takes a stage for killed when nobody has touched its lock for two minutes", () => {
    const stage = hash("round", 0.01, 2, 1);
    const lock = join(folder, "stages", stage, "run.lock");
    writeFileSync(join(folder, "stages", stage, "status.json"), JSON.stringify({ state: "running" }));
    writeFileSync(lock, "{}");
    expect(sweep().counts).toMatchObject({ running: 1 });
    utimesSync(lock, new Date(0), new Date(0));
    expect(sweep().counts).not.toHaveProperty("running");
  });

  it("with damaged files is explained by the file's name", () => {
    writeFileSync(join(folder, "sweeps/demo/submissions.json"), '[{"manifest": "../../secret", "at": ""}]');
    expect(() => sweep()).toThrow(/sweep: its files must be as the runner writes them, got .*submissions\.json/);
    writeFileSync(join(folder, "sweeps/demo/submissions.json"), "[");
    expect(() => sweep()).toThrow(/Restore it, or submit the sweep again/);
  });

  it("leaves an experiment of that name alone where nothing was submitted", () => {
    rmSync(join(folder, "sweeps"), { recursive: true });
    expect(sweep()).toMatchObject({ axes: [], commands: {} });
  });

  it("lays controls out beside no students: they are measured as controls alone", () => {
    rmSync(join(folder, "sweeps"), { recursive: true });
    const store = openStore(join(folder, "sdtt.sqlite"));
    const [any] = store.runs({ experiment: "demo" });
    if (!any) throw new Error("no run");
    const student = { ...any, id: "demo/student", stage: "round", round: 1, config: { lr: 0.1 } } as const;
    const control = { ...student, id: "demo/control", config: { lr: 0.1, control: "null" } };
    for (const run of [student, control]) store.startRun(run);
    store.close();
    const { cells } = sweep();
    expect(cells.flatMap(({ runs }) => runs)).toEqual([student.id]);
  });
});

it("tells on the home view how many cells were finished since a time, and what is left", () => {
  const { sweeps } = homeOf(stores.reader, stores.sweeps, "2026-11-20T00:00:00.000Z");
  expect(sweeps).toEqual([{ experiment: "demo", fresh: 4, counts: { done: 4, stopped: 4, failed: 2, pruned: 2 } }]);
  expect(homeOf(stores.reader, stores.sweeps, "2026-11-22T00:00:00.000Z").sweeps[0]?.fresh).toBe(0);
  writeFileSync(join(folder, "sweeps/demo/submissions.json"), "[");
  expect(homeOf(stores.reader, stores.sweeps, "2026-11-20T00:00:00.000Z").sweeps).toEqual([]);
});

describe("a run of a sweep", () => {
  const stage = hash("round", 0.001, 2, 1);

  it("shows the end of its stage's output, and how its code differed from the commit", () => {
    const store = openStore(join(folder, "sdtt.sqlite"));
    const data = { stage, patch: "diff --git a/x b/x\n+<script>" };
    store.addEvent({ runId: "demo", kind: "provenance", message: "demo: round", data });
    store.addEvent({ runId: "odd", kind: "provenance", message: "odd", data: { stage: "../../etc", patch: 1 } });
    store.close();
    const { output, patch, log } = runDetail(stores.reader, stores.sweeps, "demo");
    expect(output.length).toBeLessThan(16_385);
    expect(output).toMatch(/^line\n[\s\S]*the end of round\n$/);
    expect(patch).toBe(data.patch);
    expect(log[0]?.text).toMatch(/^started on test/);
    expect(log.map(({ text }) => text)).toContain("provenance: demo: round");
    expect(runDetail(stores.reader, stores.sweeps, "odd")).toMatchObject({ output: "", patch: null });
  });
});

it("tells why a run failed by the last line that it wrote, or by its own last event", () => {
  const store = openStore(join(folder, "sdtt.sqlite"));
  store.finishRun("demo", "failed");
  store.addEvent({
    runId: "demo",
    kind: "provenance",
    message: "demo: round",
    data: { stage: hash("round", 0.001, 2, 1) },
  });
  const why = () => homeOf(stores.reader, stores.sweeps, "2020-01-01T00:00:00.000Z").failures[0]?.why;
  expect(why()).toBe("the end of round");
  store.addEvent({ runId: "demo", kind: "error", message: "no disk" });
  expect(why()).toBe("no disk");
  store.close();
});

it("takes a folder without sweeps for none", () => {
  mkdirSync(join(folder, "empty"));
  seedStore(join(folder, "empty/sdtt.sqlite")).close();
  const empty = openStores([join(folder, "empty/sdtt.sqlite")]);
  expect(empty.sweeps.sweep("demo")).toBeUndefined();
  empty.close();
});

it("has an axis of entropy beside that of the value, where it is known", () => {
  const textOf = (shown: Sweep) => JSON.stringify(parallelChart(shown, themes.light));
  const shown = sweep(8);
  expect(textOf(shown)).toContain("4.15");
  expect(textOf({ ...shown, cells: shown.cells.map((cell) => ({ ...cell, entropy: null })) })).not.toContain("4.15");
});
