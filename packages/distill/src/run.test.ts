import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32, openEngine, saveCheckpoint } from "@sdtt/core";
import { afterAll, expect, it } from "vitest";
import { openRun, type RunFacts, roundFolder } from "./run.js";
import { tinyModel } from "./tiny.fixture.js";

const root = mkdtempSync(join(tmpdir(), "sdtt-run-"));
afterAll(() => rmSync(root, { recursive: true }));

const checkpointsOf = (round: number) => join(roundFolder(root, "killed", round), "checkpoints");

function save(round: number, update: number): void {
  const state = { run: "killed", round, update, updates: 8 };
  saveCheckpoint(join(checkpointsOf(round), `update-${`${update}`.padStart(8, "0")}`), {
    model: { w: float32([1], [update]) },
    state,
  });
}

it("a run removes the checkpoints that a kill before their removal left, of this round and those before", async () => {
  for (const [round, update] of [
    [1, 6],
    [1, 8],
    [2, 2],
    [2, 4],
  ] as const)
    save(round, update);
  const names = { run: "killed", experiment: "", command: "", stage: "round", configHash: "", config: {} } as const;
  const data = { tokenizerHash: "", corpusHash: "", lineage: [], model: tinyModel };
  const facts: RunFacts = { ...names, ...data, round: 2, updates: 8, seed: 1, dt: 0.5 };
  const run = openRun(root, facts, await openEngine("reference"));
  await run.during(async () => "stopped");
  run.store.close();
  expect([1, 2].map((round) => readdirSync(checkpointsOf(round)))).toEqual([["update-00000008"], ["update-00000004"]]);
});
