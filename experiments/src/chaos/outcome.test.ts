import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { type SampleSet, saveSet } from "@sdtt/eval/samples";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differencesOf, outcomeOf } from "./outcome.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "outcome-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const drawn: SampleSet = { ids: [Int32Array.of(3, 1)], revealSteps: [Int32Array.of(0, 1)], nfe: [2], wallMs: 10 };
const set = "work/run/samples/a.safetensors";
const scores = "work/run/samples/a.judge.gen-ppl-raw-ids@1.json";

/** What a root with one set of samples and one judgement of it has to show. */
function outcome(name: string, changes: Partial<SampleSet> = {}, judged = "[1]") {
  const root = join(folder, name);
  saveSet(join(root, set), { ...drawn, ...changes });
  writeFileSync(join(root, scores), judged);
  openStore(join(root, "sdtt.sqlite")).close();
  return outcomeOf(root);
}

describe("two outcomes", () => {
  it("agree where sampling took another time, and nothing else is another", () => {
    expect(differencesOf(outcome("a"), outcome("slower", { wallMs: 99 }))).toEqual([]);
  });

  it("differ in each thing that was drawn, and in what the judge said", () => {
    const wanted = outcome("b");
    expect(Object.keys(wanted)).toEqual([scores, set]);
    expect(differencesOf(wanted, outcome("ids", { ids: [Int32Array.of(3, 2)] }))).toEqual([set]);
    expect(differencesOf(wanted, outcome("steps", { revealSteps: [Int32Array.of(1, 0)] }))).toEqual([set]);
    expect(differencesOf(wanted, outcome("nfe", { nfe: [3] }))).toEqual([set]);
    expect(differencesOf(wanted, outcome("scores", {}, "[2]"))).toEqual([scores]);
  });
});
