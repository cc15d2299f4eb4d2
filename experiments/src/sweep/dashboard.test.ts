import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import { createApp, openStores } from "@sdtt/dashboard";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cellsOf } from "../cells/cells.js";
import { submit } from "../cells/manifest.js";
import { definitionSchema } from "../spec/definition.js";
import { freshStatus, writeStatus } from "../stage/status.js";
import { writeVerdict } from "./verdicts.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sdtt-shown-"));
});
afterEach(() => rmSync(root, { recursive: true }));

it("the dashboard reads what the runner writes: axes, states, why a cell was pruned", async () => {
  const definition = definitionSchema.parse({
    name: "shown",
    question: "Does the page understand the runner's files?",
    stages: ["rounds", "curve"],
    axes: [{ kind: "list", path: "rounds.lr", values: [0.001, 0.01, 0.1] }],
    result: { metric: "gen-ppl", steps: 8 },
  });
  const { cells, stages } = cellsOf("test", definition);
  const spec = { path: "shown.experiment.ts", text: "" };
  const manifest = { format: 1, spec, definition, commit: "c", dirty: false, diff: "", stages, cells } as const;
  const hash = "0".repeat(32);
  submit(root, { hash, manifest, diff: "" });
  const [done, failed, pruned] = cells;
  if (!done || !failed || !pruned) throw new Error("the definition has three cells");
  for (const key of done.stages) writeStatus(root, key, { ...freshStatus, state: "done" });
  writeStatus(root, failed.stages[0] as string, { ...freshStatus, state: "failed", error: "no memory" });
  writeVerdict(root, "shown", pruned.key, "pruned", "worse than the median");
  const store = openStore(storePath(root));
  store.saveExperiment({ name: "shown", question: definition.question });
  store.close();
  const stores = openStores([storePath(root)]);
  const answer = await createApp(stores, new Map()).request("http://localhost/api/sweep?experiment=shown");
  expect(await answer.json()).toMatchObject({
    axes: [{ key: "lr", values: ["0.001", "0.01", "0.1"] }],
    counts: { done: 1, failed: 1, pruned: 1 },
    open: [
      { state: "failed", note: "no memory" },
      { state: "pruned", note: "worse than the median" },
    ],
  });
  stores.close();
});
