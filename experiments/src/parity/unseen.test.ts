/**
 * @file The parity set on folders that it has never seen: other sizes, names, lengths, seeds and weights, made by an
 * oracle in float64 that shares no code with the project.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "@sdtt/core/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PartName } from "./folder.js";
import { parityRows } from "./parity.js";
import type { Sizes } from "./unseen/float64.fixture.js";
import { writeDit, writeSamplers } from "./unseen/forward.fixture.js";
import { writeTargets } from "./unseen/targets.fixture.js";
import { writeGpt2, writeLambada } from "./unseen/texts.fixture.js";
import { writeTraining } from "./unseen/training.fixture.js";

const wide: Sizes = { vocab: 23, width: 20, blocks: 3, heads: 5, length: 11, conditioning: 6 };
const judge: Sizes = { vocab: 31, width: 12, blocks: 3, heads: 3, length: 14, conditioning: 0 };
const narrow: Sizes = { vocab: 7, width: 8, blocks: 1, heads: 2, length: 5, conditioning: 2 };

const root = mkdtempSync(join(tmpdir(), "parity-unseen-"));
const at = (folder: string, part: string) => join(root, folder, part);
beforeAll(() => {
  const nets = writeDit(at("forward", "A-dit-quiet-and-loud"), wide, 3);
  writeSamplers(at("forward", "C-samplers"), nets, 5, 3);
  writeGpt2(at("forward", "D-gpt2-other"), judge, 4, 9);
  writeLambada(at("forward", "E-lambada"), nets, 4);
  const { quiet } = writeDit(at("trained", "A-dit"), narrow, 3);
  if (!quiet) throw new Error("no quiet weights");
  writeTargets(at("trained", "B-sdtt-targets"), quiet, 2);
  writeTraining(at("trained", "B-mdlm-train"), quiet, 2);
});
afterAll(() => rmSync(root, { recursive: true }));

const cases: [string, PartName[]][] = [
  ["forward", ["dit", "samplers", "gpt2", "lambada"]],
  ["trained", ["dit", "targets", "training"]],
];

describe.each(["onnx", "reference"] as const)("%s", (name) => {
  it.each(cases)("agrees with an unseen folder: %s", async (folder, parts) => {
    const rows = await parityRows(join(root, folder), await openEngine(name, { threads: 1 }), parts);
    expect(rows.filter(({ isOk }) => !isOk)).toEqual([]);
    expect(new Set(rows.map(({ part }) => part))).toEqual(new Set(parts));
  });
});
