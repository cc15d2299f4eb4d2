import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cellsOf } from "../cells/cells.js";
import type { Manifest } from "../cells/frozen.js";
import { list, type Result } from "../spec/define.js";
import { checkDefinition } from "../spec/definition.js";
import { stageFolder } from "../stage/layout.js";
import { cellStatuses } from "./cellStatus.js";
import { resultTable } from "./summary.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "summary-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const genPpl: Result = { metric: "gen-ppl", steps: 8 };

/** The table's lines for two learning rates with these figures, one a seed. */
function linesFor(first: readonly number[], second: readonly number[], result: Result = genPpl): string[] {
  const definition = checkDefinition("spec", {
    name: "compared",
    question: "Which rate is better?",
    stages: ["rounds", result === genPpl ? "curve" : "lambada"],
    axes: [list("rounds.lr", [1e-3, 1e-4])],
    seeds: [1, 2, 3],
    result,
  });
  // Figures are read once: a place of their own for each table.
  const place = mkdtempSync(join(root, "table-"));
  const manifest = { definition, ...cellsOf("spec", definition) } as unknown as Manifest;
  [...first, ...second].forEach((value, i) => {
    const cell = manifest.cells[i < first.length ? i : 3 + i - first.length];
    const folder = stageFolder(place, cell?.result as string);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "results.json"), JSON.stringify([{ ...result, value, entropy: 4.2 }]));
  });
  return resultTable(place, manifest, cellStatuses(place, manifest)).split("\n");
}

describe("a sweep's table", () => {
  it("has the mean over seeds with its error, entropy beside it, and what is missing", () => {
    const [heading, first, second] = linesFor([100, 110, 120], [90]);
    expect(heading).toMatch(/cells\s+gen-ppl at 8 steps\s+entropy\s+÷ first, seed by seed\s+seeds/);
    expect(first).toMatch(/^lr=0\.001\s+110 ± 5\.77\s+4\.20 ± 0\.00\s+1\s+3\s+3 pending$/);
    expect(second).toMatch(/^lr=0\.0001\s+90\.0\s+4\.20\s+cannot tell\s+1\s+3 pending$/);
  });

  it("calls a point better or worse only where its interval over shared seeds says so", () => {
    expect(linesFor([100, 200, 400], [80, 162, 316])[2]).toMatch(/0\.800 \[0\.7\d+, 0\.8\d+\] better/);
    expect(linesFor([80, 162, 316], [100, 200, 400])[2]).toMatch(/1\.25 \[1\.\d+, 1\.\d+\] worse/);
    expect(linesFor([100, 200, 400], [90, 220, 380])[2]).toContain("cannot tell");
  });

  it("takes more for better where the result is an accuracy", () => {
    const swapped = (values: readonly number[]) => values.map((value) => value / 1000);
    const line = linesFor(swapped([80, 162, 316]), swapped([100, 200, 400]), { metric: "last-word-accuracy" })[2];
    expect(line).toContain("better");
  });
});
