import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32 } from "@sdtt/core/base";
import { checkpointPath, saveCheckpoint } from "@sdtt/core/checkpoint";
import { ditPreset } from "@sdtt/core/model";
import { workFolder } from "@sdtt/core/sweep";
import { roundFolder } from "@sdtt/core/workspace";
import { afterAll, expect, it } from "vitest";
import type { FrozenStage } from "../cells/frozen.js";
import { settleStage } from "./settle.js";

const root = mkdtempSync(join(tmpdir(), "sdtt-settle-"));
afterAll(() => rmSync(root, { recursive: true }));

const rest = { options: {}, needs: [], assets: {}, cost: { flops: 0, memoryBytes: 0 } };
const stage: FrozenStage = { key: "k", kind: "round", run: "r", name: "killed", round: 1, ...rest };
const folder = roundFolder(workFolder(root, stage.run), stage.name, stage.round);
const model = ditPreset("embedded", { vocabSize: 9 });
const left = (updates: number): string[] => {
  for (const update of [6, 8]) {
    const state = { run: stage.name, round: 1, update, updates, model, tokenizerHash: "of tokens", lineage: [] };
    saveCheckpoint(checkpointPath(folder, update), { model: { w: float32([1], [update]) }, state });
  }
  settleStage(root, stage);
  return readdirSync(join(folder, "checkpoints"));
};

it("a stage that is done keeps its last checkpoint only, also where it was killed before it removed the one before", () => {
  expect(left(10)).toEqual(["update-00000006", "update-00000008"]);
  expect(left(8)).toEqual(["update-00000008"]);
});
