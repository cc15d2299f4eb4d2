import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stageFolder } from "@sdtt/core/sweep";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cellsOf } from "../cells/cells.js";
import type { FrozenCell, Manifest } from "../cells/frozen.js";
import { type Experiment, list, type Result, type Stopping } from "../spec/define.js";
import { checkDefinition } from "../spec/definition.js";
import { freshStatus, statusReader, writeStatus } from "../stage/status.js";
import { cellStatuses } from "./cellStatus.js";
import { halvingRule, medianRule, pruneHopeless } from "./pruning.js";

const cell = (key: string) => ({ key }) as FrozenCell;
const at = (values: Record<string, number | undefined>) =>
  Object.entries(values).map(([key, value]) => ({ cell: cell(key), value }));

describe("the median rule", () => {
  it("ends what is worse than the median of those that came as far, and says both figures", () => {
    expect(medianRule(at({ a: 10, b: 20, c: 30, d: undefined }), 2, 3, true)).toEqual([
      { key: "c", reason: "after round 2: 30.00, median 20.00 of 3" },
    ]);
  });

  it("waits for enough cells, and ends none that are equal", () => {
    expect(medianRule(at({ a: 10, b: 20 }), 1, 3, true)).toEqual([]);
    expect(medianRule(at({ a: 10, b: 10, c: 10 }), 1, 3, true)).toEqual([]);
  });

  it("takes more for better where the result is an accuracy, and no number for the worst", () => {
    const keys = (values: Record<string, number>, lower: boolean) =>
      medianRule(at(values), 1, 3, lower).map(({ key }) => key);
    expect(keys({ a: 0.1, b: 0.2, c: 0.3 }, false)).toEqual(["a"]);
    expect(keys({ a: Number.NaN, b: 20, c: 30 }, true)).toEqual(["a"]);
  });
});

describe("successive halving", () => {
  it("keeps the best share once all have come, in any order", () => {
    const values = { a: 40, b: 10, c: 30, d: 20 };
    const pruned = halvingRule(at(values), 1, 0.5, true)?.map(({ key }) => key);
    const reversed = halvingRule(at(values).reverse(), 1, 0.5, true)?.map(({ key }) => key);
    expect([pruned, reversed]).toEqual([
      ["c", "a"],
      ["c", "a"],
    ]);
  });

  it("decides nothing before that, and always keeps one", () => {
    expect(halvingRule(at({ a: 1, b: undefined }), 1, 0.5, true)).toBeUndefined();
    expect(halvingRule(at({ a: 1, b: 2, c: 3 }), 1, 0.01, true)?.map(({ key }) => key)).toEqual(["b", "c"]);
  });
});

describe("pruning by files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pruning-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function manifestOf(stopping: Stopping, result: Result = { metric: "gen-ppl", steps: 8 }): Manifest {
    const experiment: Experiment = {
      name: "pruned",
      question: "Which rates are hopeless?",
      stages: ["rounds", "curve"],
      base: { rounds: { count: 3 } },
      axes: [list("rounds.lr", [1e-4, 1e-3, 1e-2, 1e-1])],
      result,
      stopping,
    };
    const definition = checkDefinition("spec", experiment);
    return { definition, ...cellsOf("spec", definition) } as unknown as Manifest;
  }

  /** Puts a cell's figure after a round on disk, with all stages up to it done. */
  function reached(manifest: Manifest, index: number, round: number, value: number): void {
    const own = manifest.cells[index] as FrozenCell;
    const key = own.byRound[round] as string;
    for (const stage of own.stages.slice(0, own.stages.indexOf(key) + 1)) {
      writeStatus(root, stage, { ...freshStatus, state: "done" });
    }
    mkdirSync(stageFolder(root, key), { recursive: true });
    writeFileSync(
      join(stageFolder(root, key), "results.json"),
      JSON.stringify([{ metric: "gen-ppl", steps: 8, value }]),
    );
  }
  const reachedAll = (manifest: Manifest, round: number, values: readonly number[]) => {
    for (const [i, value] of values.entries()) reached(manifest, i, round, value);
  };
  const prune = (manifest: Manifest) => pruneHopeless(root, manifest, statusReader(root));
  const states = (manifest: Manifest) =>
    cellStatuses(root, manifest).map(({ state, note }) => `${state} ${note}`.trim());

  it("ranks by gains where these are the result: the lowest gen-PPL goes where it is only sharper, and what is outside", () => {
    const temperatures = [1, 0.8];
    const manifest = manifestOf({ rule: "halving", after: [1] }, { metric: "gain-at-entropy", steps: 8, temperatures });
    const judge = (key: string, value: number, entropy: number) => {
      mkdirSync(stageFolder(root, key), { recursive: true });
      const row = { metric: "gen-ppl", steps: 8, value, entropy, stderr: 1, entropyStderr: 0.01, subjectHash: key };
      writeFileSync(join(stageFolder(root, key), "results.json"), JSON.stringify([row]));
    };
    const [warm = "", cool = ""] = manifest.cells[0]?.control ?? [];
    judge(warm, 400, 4.4);
    judge(cool, 100, 4);
    // Gains: 0.83, 1.11, 1.25, none.
    const students: [number, number][] = [
      [120, 4],
      [180, 4.2],
      [160, 4.2],
      [20, 3],
    ];
    for (const [i, [value, entropy]] of students.entries())
      judge(manifest.cells[i]?.byRound[1] as string, value, entropy);
    prune(manifest);
    expect(states(manifest)).toEqual([
      ...["pruned after round 1: 0.8333, place 3 of 4, 2 go on", "pending", "pending"],
      "pruned after round 1: NaN, place 4 of 4, 2 go on",
    ]);
  });

  it("records what is ended as pruned, with the reason, and lets the others go on", () => {
    const manifest = manifestOf({ rule: "median", after: [1], raw: true });
    reachedAll(manifest, 1, [50, 40, 60]);
    expect(prune(manifest).size).toBe(0);
    expect(states(manifest)).toEqual([
      "pending",
      "pending",
      "pruned after round 1: 60.00, median 50.00 of 3",
      "pending",
    ]);
  });

  it("does not end a cell whose next round has begun", () => {
    const manifest = manifestOf({ rule: "median", after: [1], raw: true });
    reachedAll(manifest, 1, [50, 40, 60]);
    const next = manifest.cells[2]?.stages[2] as string;
    writeStatus(root, next, { ...freshStatus, state: "stopped" });
    prune(manifest);
    expect(states(manifest)[2]).toBe("stopped");
  });

  it("holds back later rounds until a rung is full, then halves it, rung by rung", () => {
    const manifest = manifestOf({ rule: "halving", after: [1, 2], raw: true });
    reachedAll(manifest, 1, [50, 40, 60]);
    expect(prune(manifest).size).toBe(4 * 4);
    expect(states(manifest).filter((state) => state.startsWith("pruned"))).toEqual([]);
    reached(manifest, 3, 1, 70);
    expect(prune(manifest).size).toBe(2 * 2);
    expect(states(manifest).map((state) => state.split(" ")[0])).toEqual(["pending", "pending", "pruned", "pruned"]);
    reachedAll(manifest, 2, [30, 20]);
    expect(prune(manifest).size).toBe(0);
    expect(states(manifest)[0]).toBe("pruned after round 2: 30.00, place 2 of 2, 1 go on");
    expect(states(manifest)[1]).toBe("pending");
  });
});
