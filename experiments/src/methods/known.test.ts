/** @file What rows know of a cell: by who is asked, what was drawn and how often. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addKnown, openStore, type Store } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";
import { openCheckpoint } from "@sdtt/eval/record";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKept } from "../claims/kept.js";
import { repository } from "../programs.js";
import { type Known, knownIn } from "./known.js";
import { rowsIn } from "./report.js";

const folder = mkdtempSync(join(tmpdir(), "known-"));
const [teacher, first] = [join(assetsFolder, "teacher"), join(assetsFolder, "round-1")];
const { hash } = openCheckpoint(teacher);
let store: Store;
let known: Known;

const kept = readKept(rowsIn(join(repository, "experiments")));
const runs = kept.runs.filter(({ experiment, stage }) => experiment === "methods" && stage === "curve").slice(0, 1);
const own = kept.evaluations.filter(({ runId, metric }) => metric === "gen-ppl" && runId === runs[0]?.id);
const { key: _, ...one } = own[0] as (typeof own)[number];

/** A row that ships, as of the teacher at 8 steps under seed 1, and so changed. */
const save = (changes: object) =>
  store.saveEvaluation({ ...one, subjectHash: hash, steps: 8, seed: 1, temperature: 1, n: 32, topP: null, ...changes });

beforeAll(() => {
  store = openStore(join(folder, "sdtt.sqlite"));
  addKnown(store, { format: 1, runs, checkpoints: [], definitions: [], evaluations: own.slice(0, 1) });
  save({ sampler: "energy:2:1:1, with a334cf8cbccd" });
  save({ sampler: "spaced", temperature: 0.9 });
  save({ sampler: `ancestral, first 0.5 by ${openCheckpoint(first).hash.slice(0, 12)}` });
  for (const [steps, value] of [
    [4, 10],
    [8, 14],
    [16, 22],
  ] as const) {
    save({
      metric: "relative-time",
      definition: "relative-time@1",
      sampler: "seeded:8, with a334cf8cbccd",
      steps,
      value,
    });
  }
  save({ metric: "relative-time", definition: "relative-time@1", sampler: "knn:0.05:2, from 1c01441d5eed", value: 30 });
  known = knownIn(store, "methods");
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe("a cell is drawn", () => {
  const draw = { checkpoint: teacher, sampler: "energy:2", steps: 8, seed: 1, samples: 32 };

  it("whoever was asked, and where as many samples are asked for, or fewer", () => {
    expect(known.isDrawn(draw)).toBe(true);
    expect(known.isDrawn({ ...draw, samples: 16 })).toBe(true);
  });

  it.each([
    { samples: 33 },
    { seed: 2 },
    { steps: 4 },
    { sampler: "energy:4" },
    { checkpoint: first },
    { early: first },
  ])("not for %o", (change) => {
    expect(known.isDrawn({ ...draw, ...change })).toBe(false);
  });

  it("not by samples of another temperature", () => {
    expect(known.isDrawn({ ...draw, sampler: "spaced" })).toBe(false);
  });

  it("with another student's first steps as a sampler of its own", () => {
    expect(known.isDrawn({ ...draw, sampler: "ancestral", early: first })).toBe(true);
    expect(known.isDrawn({ ...draw, sampler: "ancestral" })).toBe(false);
  });

  it("not by a calibration that is yet to be made", () => {
    expect(known.isDrawn({ ...draw, sampler: `threshold:calibrated=${join(folder, "none.json")}` })).toBe(false);
  });
});

describe("a sample's time", () => {
  const of = (sampler: string, steps: number) => known.timeOf({ checkpoint: teacher, sampler, steps });

  it("is on the line through the nearest step counts that were timed", () => {
    expect([4, 16, 32].map((steps) => of("seeded:8", steps))).toEqual([10, 22, 38]);
  });

  it("is in proportion to the steps where one count was timed, of other parameters too", () => {
    expect(of("knn:0.05", 16)).toBe(60);
    expect(of("knn:0.25", 4)).toBe(15);
  });

  it("is not known of a sampler that never was timed", () => {
    expect(of("sliding:64", 8)).toBeUndefined();
    expect(known.isTimed({ checkpoint: teacher, sampler: "seeded:8", steps: 32 })).toBe(false);
  });
});
