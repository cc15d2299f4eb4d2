/** @file Published models, imported, are evaluated and judge as ours do. */
import { join } from "node:path";
import { weightsHash, writePublished } from "@sdtt/core/checkpoint";
import { runCli } from "@sdtt/core/cli";
import { importCheckpoint } from "@sdtt/core/commands";
import { openEngine } from "@sdtt/core/engine";
import { openStore } from "@sdtt/core/store";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { curve } from "../commands/index.js";
import { openJudge, readJudge } from "../judge/judge.js";
import { makeTiny, randomWeights, type Tiny, tinyDit } from "../tiny.fixture.js";

let tiny: Tiny;
const at = (name: string) => join(tiny.folder, name);
const run = (...args: string[]) => runCli("test", [importCheckpoint, curve], args);
beforeAll(() => {
  tiny = makeTiny();
});
afterAll(() => tiny.remove());
beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

it("an imported GPT-2 judges an imported MDLM, and counts as the judge that it was before", async () => {
  const model = tinyDit(tiny.tokenizer.vocabSize + 1);
  if (model.kind !== "dit") throw new Error("a denoiser is wanted");
  const weights = randomWeights(model, 4);
  writePublished(at("mdlm"), model, weights, { format: "mdlm", floats: "F32" });
  const tokens = `--tokenizer=${at("teacher/tokenizer.json")}`;
  expect(await run("import", `--source=${at("mdlm")}`, `--out=${at("denoiser")}`, tokens)).toBe(0);
  expect(await run("import", `--source=${tiny.judge}`, `--out=${at("imported-judge")}`)).toBe(0);
  const { own, ...imported } = readJudge(at("imported-judge"));
  expect([imported, own?.path]).toEqual([readJudge(tiny.judge), at("imported-judge")]);

  const flags = ["--steps=2", "--samples=2", "--engine=onnx", "--threads=1", `--root=${tiny.root}`];
  expect(await run("curve", `--checkpoint=${at("denoiser")}`, `--judge=${at("imported-judge")}`, ...flags)).toBe(0);
  const store = openStore(join(tiny.root, "sdtt.sqlite"), { readonly: true });
  const rows = store.evaluations({ metric: "gen-ppl" });
  store.close();
  const { hash } = openJudge(await openEngine("reference"), tiny.judge);
  expect(rows.map(({ subjectHash, referenceHash }) => [subjectHash, referenceHash])).toEqual(
    [1, 2].map(() => [weightsHash(weights), hash]),
  );
});
