import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "@sdtt/core/engine";
import { openStore } from "@sdtt/core/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEvaluationRun } from "./evaluationRun.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "evaluation-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const started = () => {
  const checkpoint = { run: "mine", round: 1, hash: "abc" };
  const engine = { description: "none" } as Engine;
  const context = { config: {}, configHash: "c0ffee", argv: ["curve"] };
  return openEvaluationRun({ stage: "curve", root, seed: 1, checkpoint }, engine, context);
};

function recorded(runId: string) {
  const store = openStore(join(root, "sdtt.sqlite"), { readonly: true });
  const errors = store.events(runId).filter(({ kind }) => kind === "error");
  const found = { status: store.run(runId)?.status, errors: errors.map(({ message }) => message) };
  store.close();
  return found;
}

it("an evaluation that ends well gives what its work gives, and is done", async () => {
  const run = started();
  expect(await run.during(async () => 7)).toBe(7);
  expect(recorded(run.runId)).toEqual({ status: "done", errors: [] });
});

it("an evaluation that fails says so with its reason, to its caller and in the store", async () => {
  const run = started();
  await expect(run.during(() => Promise.reject(new Error("no judge")))).rejects.toThrow("no judge");
  expect(recorded(run.runId)).toEqual({ status: "failed", errors: ["no judge"] });
});
