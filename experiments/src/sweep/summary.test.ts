import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DefinitionRow, openStore } from "@sdtt/core/store";
import { stageFolder } from "@sdtt/core/sweep";
import { storePath } from "@sdtt/core/workspace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cellsOf } from "../cells/cells.js";
import type { Manifest } from "../cells/frozen.js";
import { list, type Result } from "../spec/define.js";
import { checkDefinition } from "../spec/definition.js";
import type { Figure } from "../stage/results.js";
import { cellStatuses } from "./cellStatus.js";
import { resultTable } from "./summary.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "summary-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const genPpl: Result = { metric: "gen-ppl", steps: 8 };
const gain: Result = { metric: "gain-at-entropy", steps: 8, temperatures: [1, 0.8] };

/** Results of an evaluation, as its stage leaves them. */
function judge(place: string, key: string | undefined, figure: Partial<Figure>): void {
  const folder = stageFolder(place, key as string);
  mkdirSync(folder, { recursive: true });
  const row = { metric: "gen-ppl", steps: 8, n: 256, stderr: null, entropy: 4.2, entropyStderr: null, ...figure };
  writeFileSync(join(folder, "results.json"), JSON.stringify([row]));
}

function manifestOf(result: Result): Manifest {
  const definition = checkDefinition("spec", {
    name: "compared",
    question: "Which rate is better?",
    stages: ["rounds", /accuracy/.test(result.metric) ? "lambada" : "curve"],
    axes: [list("rounds.lr", [1e-3, 1e-4])],
    seeds: [1, 2, 3],
    result,
  });
  return { definition, ...cellsOf("spec", definition) } as unknown as Manifest;
}

/** The table's lines for two learning rates with these figures, one a seed. */
function linesFor(
  first: readonly Partial<Figure>[],
  second: readonly Partial<Figure>[],
  result: Result = genPpl,
  declared?: DefinitionRow,
): string[] {
  const manifest = manifestOf(result);
  // Figures are read once: a place of their own for each table.
  const place = mkdtempSync(join(root, "table-"));
  if (declared) {
    const store = openStore(storePath(place));
    store.saveDefinitions([declared]);
    store.close();
  }
  [...first, ...second].forEach((figure, i) => {
    const cell = manifest.cells[i < first.length ? i : 3 + i - first.length];
    const metric = result.metric === gain.metric ? "gen-ppl" : result.metric;
    judge(place, cell?.result, { metric, steps: result.steps ?? null, subjectHash: `student ${i}`, ...figure });
    // The teacher of each seed: 400 at entropy 4.4, 100 at 4.
    const [warm, cool] = cell?.control ?? [];
    const known = { subjectHash: "teacher", stderr: 1e-3, entropyStderr: 1e-5 };
    if (warm && cool) {
      judge(place, warm, { ...known, value: 400, entropy: 4.4 });
      judge(place, cool, { ...known, value: 100, entropy: 4 });
    }
  });
  return resultTable(place, manifest, cellStatuses(place, manifest)).split("\n");
}
const values = (...all: number[]): Partial<Figure>[] => all.map((value) => ({ value, stderr: value / 50 }));

describe("a sweep's table", () => {
  it("has the geometric mean over seeds with its interval, entropy beside it, and what is missing", () => {
    const [heading, first, second] = linesFor(values(100, 110, 121), values(90));
    expect(heading).toMatch(/cells\s+gen-ppl at 8 steps\s+entropy\s+÷ first, seed by seed\s+seeds/);
    expect(first).toMatch(/^lr=0\.001\s+110 \[[\d.]+, \d+\]\s+4\.20\s+1\s+3\s+3 pending$/);
    expect(second).toMatch(/^lr=0\.0001\s+90\.0 \[[\d.]+, \d+\]\s+4\.20\s+0\.900 \[.*\]\s+1\s+3 pending$/);
  });

  it("calls no raw gen-PPL better, however much lower it is, and says what does compare", () => {
    const lines = linesFor(values(100, 200, 400), values(50, 100, 200));
    expect(lines[2]).toMatch(/0\.500 \[0\.4\d+, 0\.5\d+\]/);
    expect(lines.join("\n")).not.toMatch(/better|worse|cannot tell/);
    expect(lines.at(-1)).toContain(
      'no verdict: a lower temperature lowers it too; `result: { metric: "gain-at-entropy", steps }`',
    );
  });

  it("takes more for better where the result is an accuracy", () => {
    const accuracy = { metric: "last-word-accuracy" };
    const shares = (...all: number[]) => all.map((value) => ({ value: value / 1000, stderr: 1e-4 }));
    const line = linesFor(shares(80, 162, 316), shares(100, 200, 400), accuracy)[2];
    expect(line).toMatch(/1\.25 \[1\.\d+, 1\.\d+\] better/);
    expect(linesFor(shares(100, 200, 400), shares(90, 220, 380), accuracy)[2]).toContain("cannot tell");
  });

  it("takes for better what a metric of one's own declares to be, and nothing before it is declared", () => {
    const own = { metric: "sentences", steps: 8 };
    expect(linesFor(values(100, 110, 120), values(50, 55, 60), own)[2]).not.toMatch(/better|worse/);
    const about = { definition: "sentences@1", metric: "sentences", what: "sentences a text", unit: "sentences" };
    const kind = { scale: "log", better: "lower", errorOver: "samples", dependsOnN: false } as const;
    const [, , line] = linesFor(values(100, 110, 120), values(50, 55, 60), own, { ...about, ...kind });
    expect(line).toMatch(/0\.500 \[.*\] better/);
  });

  it("of gains says what beats a temperature: log-MSE halves gen-PPL and is worse than its teacher sharpened", () => {
    const student = (value: number, entropy: number): Partial<Figure> => ({
      value,
      entropy,
      stderr: value / 100,
      entropyStderr: 1e-3,
    });
    // At entropy 4.4 the teacher has 400, at 4.2 it has 200, at 4.1 √2 · 100.
    const sharp = [170, 172, 174].map((value) => student(value, 4.1));
    const real = [150, 152, 154].map((value) => student(value, 4.2));
    const [heading, first, second, note] = linesFor(sharp, real, gain);
    expect(heading).toMatch(/gain-at-entropy at 8 steps\s+by a temperature\s+entropy/);
    expect(first).toMatch(/0\.822 \[0\.\d+, 0\.\d+\]\s+worse\s+4\.10\s+1\s/);
    expect(second).toMatch(/1\.32 \[1\.\d+, 1\.\d+\]\s+better\s+4\.20\s+1\.6\d \[.*\] better/);
    expect(note).toContain("verdicts at 5 % for all 3 of the table together (Holm)");
  });

  it("says which seeds a gain is outside of, and makes no mean of the rest", () => {
    const inside = { value: 150, stderr: 1, entropy: 4.2, entropyStderr: 1e-3 };
    const [, first] = linesFor([inside, inside, { ...inside, entropy: 3.9 }], [inside, inside, inside], gain);
    expect(first).toMatch(/^lr=0\.001\s+outside in 1 of 3\s+–\s/);
  });
});
