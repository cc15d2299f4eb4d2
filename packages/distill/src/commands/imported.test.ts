/** @file A published model, imported, teaches a round as one of ours would. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkpointPath,
  loadCheckpoint,
  readCheckpointState,
  weightsHash,
  writePublished,
} from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { importCheckpoint } from "@sdtt/core/commands";
import { modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { trainTokenizer } from "@sdtt/core/text";
import { afterAll, expect, it, vi } from "vitest";
import { tinyModel } from "../tiny.fixture.js";
import { round } from "./round.js";

const folder = mkdtempSync(join(tmpdir(), "imported-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

it("an imported MDLM is distilled, its tokenizer found beside it, its hash in the student's lineage", async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  mkdirSync(at("text"));
  const texts = Array.from({ length: 30 }, (_, i) => `and the light ${i} was good over water `.repeat(4));
  for (const [i, text] of texts.entries()) writeFileSync(at(`text/${i}.txt`), text);
  const tokenizer = trainTokenizer(texts, 260);
  tokenizer.save(at("tokenizer.json"));
  const model = { ...tinyModel, vocabSize: tokenizer.vocabSize + 1 };
  const weights = initialise(modelParameters(model), 1);
  writePublished(at("mdlm"), model, weights, { format: "mdlm", floats: "F32" });
  const run = (...args: string[]) => runCli("test", [importCheckpoint, round], args);
  const tokens = `--tokenizer=${at("tokenizer.json")}`;
  expect(await run("import", `--source=${at("mdlm")}`, `--out=${at("teacher")}`, tokens)).toBe(0);

  const teacher = [`--teacher=${at("teacher")}`, `--source=${at("text")}`, `--root=${at("root")}`, "--name=r"];
  const short = ["--updates=2", "--sequences=2", "--warmup=0", "--engine=reference", "--no-evaluate"];
  expect(await run("round", ...teacher, ...short)).toBe(0);
  const { state, model: student } = loadCheckpoint(checkpointPath(at("root/runs/r/round-1"), 2));
  expect(state).toMatchObject({ round: 1, lineage: [weightsHash(weights)], tokenizerHash: tokenizer.hash });
  expect(readCheckpointState(at("teacher")).hashes.model).toBe(weightsHash(weights));
  expect(weightsHash(student)).not.toBe(weightsHash(weights));
});
