import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@sdtt/core/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeReport } from "./report.js";

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-report-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  const run = { stage: "curve", seed: 1, config: {}, configHash: "c", commit: "c", dirty: false } as const;
  const where = { engine: "onnx", machine: "here", command: "eval curve", experiment: "default" };
  const cell = (round: number, seed: number, temperature: number, value: number, entropy: number, n = 16) => {
    const id = `r${round}-${seed}-${temperature}`;
    store.startRun({ ...run, ...where, id, name: round ? `seed-${seed}` : "teacher", round });
    const what = {
      metric: "gen-ppl",
      definition: "gen-ppl-retokenised@1",
      judgeHash: "judge",
      weights: "raw",
    } as const;
    const drawn = { steps: 8, nfe: 8, seed, temperature, dtype: "float32", n };
    store.saveEvaluation({
      ...what,
      ...drawn,
      runId: id,
      round,
      checkpointHash: `h${round}-${seed}`,
      value,
      stderr: 1,
      entropy,
    });
  };
  for (const seed of [1, 2, 3]) {
    cell(0, seed, 1, 400, 5);
    cell(0, seed, 0.8, 100, 4);
    cell(1, seed, 1, 100 + seed, 4.5);
    // Of another report, with fewer samples: it must not count.
    cell(0, seed, 0.8, 300, 4.4, 8);
    cell(1, seed, 1, 500, 4.5, 8);
  }
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it("writes a plot, and a table with the gain at matched entropy of each seed's own teacher", () => {
  const path = writeReport(store, "default", folder);
  const text = readFileSync(path, "utf8");
  expect(readFileSync(join(folder, "default.svg"), "utf8")).toContain("<svg");
  // Teacher at entropy 4.5: √(400·100) = 200; students 101, 102, 103: geometric mean of the ratios 1.96.
  expect(text).toMatch(/\| round 1 \| 1\.96 \[1\.\d\d, \d\.\d\d\] \(n = 3\) \|/);
});

it("pairs each round with the teacher of its seed, and keeps errors over samples and over seeds apart", () => {
  const text = readFileSync(writeReport(store, "default", folder), "utf8");
  // Ratios 0.2525, 0.255, 0.2575: all of them far below 1, which says nothing by itself.
  expect(text).toMatch(/\| round 1 \| 0\.25 \[0\.2\d, 0\.2\d\] \|/);
  // Each seed's error is 1 of 102, and 101, 102, 103 scatter by as much.
  expect(text).toContain("| round 1 | 102 ± 0.980 % / 0.980 % |");
});

it("keeps the prose around the figures when it is written again", () => {
  const path = writeReport(store, "default", folder);
  writeFileSync(path, `${readFileSync(path, "utf8")}\nWhat it means.\n`);
  const again = readFileSync(writeReport(store, "default", folder), "utf8");
  expect(again).toContain("What it means.");
  expect(again.match(/figures: begin/g)).toHaveLength(1);
});
