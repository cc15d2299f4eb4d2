import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32 } from "@sdtt/core/base";
import { checkpointPath, saveCheckpoint } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import { roundFolder } from "@sdtt/core/workspace";
import { afterAll, expect, it } from "vitest";
import { tinyModel } from "../tiny.fixture.js";
import { openRun, type RunFacts } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "sdtt-run-"));
afterAll(() => rmSync(root, { recursive: true }));

const folderOf = (round: number) => roundFolder(root, "killed", round);
const checkpointsOf = (round: number) => readdirSync(join(folderOf(round), "checkpoints"));

function save(round: number, update: number): void {
  const state = { run: "killed", round, update, updates: 8, model: tinyModel, tokenizerHash: "of tokens", lineage: [] };
  saveCheckpoint(checkpointPath(folderOf(round), update), { model: { w: float32([1], [update]) }, state });
}

it("a run removes the checkpoints that a kill before their removal left, of this round and those before", async () => {
  for (const update of [6, 8]) save(1, update);
  for (const update of [2, 4]) save(2, update);
  const names = { run: "killed", experiment: "", command: "", stage: "round", configHash: "", config: {} } as const;
  const data = { tokenizerHash: "of tokens", corpusHash: "of text", lineage: [], model: tinyModel };
  const facts: RunFacts = { ...names, ...data, round: 2, updates: 8, seed: 1, dt: 0.5 };
  const run = openRun(root, facts, await openEngine("reference"));
  const work = async () => {
    // What is trained on another text is another kind of student, whatever its folder is called.
    expect(run.store.run(run.runId)).toMatchObject({ tokenizerHash: "of tokens", corpusHash: "of text" });
    return "stopped" as const;
  };
  await expect(run.during(work, () => "stopped at 4")).rejects.toMatchObject({
    message: "stopped at 4",
    exitCode: 143,
  });
  run.store.close();
  expect([1, 2].map(checkpointsOf)).toEqual([["update-00000008"], ["update-00000004"]]);
});
