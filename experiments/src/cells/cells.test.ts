import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "@sdtt/core/base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Experiment, list, when } from "../spec/define.js";
import { checkDefinition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";
import { cellsOf } from "./cells.js";
import { freeze, newestManifest, readManifest, submissionsOf, submit } from "./manifest.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cells-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const base: Experiment = {
  name: "study",
  question: "Does it work at all?",
  stages: ["rounds", "curve"],
  base: { rounds: { count: 2 } },
  axes: [list("rounds.divergence", ["reverse-kl", "forward-kl"])],
  seeds: [1, 2],
  result: { metric: "gen-ppl", steps: 8 },
};
const cells = (changes: Partial<Experiment> = {}) => cellsOf("spec", checkDefinition("spec", { ...base, ...changes }));
const kindsOf = ({ stages }: ReturnType<typeof cells>) => stages.map(({ kind, round }) => `${kind} ${round}`);

describe("cells", () => {
  it("are every assignment with every seed", () => {
    expect(cells().cells.map(({ label }) => label)).toEqual([
      "divergence=reverse-kl seed=1",
      "divergence=reverse-kl seed=2",
      "divergence=forward-kl seed=1",
      "divergence=forward-kl seed=2",
    ]);
  });

  it("share the first rounds, and nothing that differs", () => {
    const shared = cells({ axes: [], seeds: [1], base: { rounds: { count: 3 } } });
    const longer = cells({ axes: [list("rounds.count", [2, 3])], seeds: [1], base: {} });
    expect(kindsOf(shared)).toEqual(["round 1", "round 2", "round 3", "curve 3"]);
    expect(kindsOf(longer)).toEqual(["round 1", "round 2", "curve 2", "round 3", "curve 3"]);
    const keys = new Set(longer.stages.map(({ key }) => key));
    expect(shared.stages.every(({ key }) => keys.has(key))).toBe(true);
    expect(cells({ axes: [list("rounds.lr", [1e-3, 1e-4])], seeds: [1] }).stages).toHaveLength(6);
  });

  it("share one pre-trained teacher between many students", () => {
    const { stages } = cells({ stages: ["pretrain", "rounds", "curve"], seeds: [1, 2, 3] });
    const teachers = stages.filter(({ kind }) => kind === "pretrain");
    expect(teachers).toHaveLength(1);
    const first = stages.filter(({ kind, round }) => kind === "round" && round === 1);
    expect(first).toHaveLength(6);
    for (const stage of first) expect(stage.needs).toEqual([teachers[0]?.key]);
  });

  it("count a student's curve as its own, and a teacher's as it was", () => {
    const base = { rounds: { count: 1 }, curve: { of: ["teacher", "last-round"] } } as const;
    const costs = (rounds: object) =>
      cells({ axes: [], seeds: [1], base: { ...base, rounds: { ...base.rounds, ...rounds } } })
        .stages.filter(({ kind }) => kind === "curve")
        .map(({ cost }) => cost?.flops ?? 0);
    const [teacher, student] = costs({}) as [number, number];
    const [sameTeacher, told] = costs({ selfConditioning: true }) as [number, number];
    expect(student).toBe(teacher);
    expect(sameTeacher).toBe(teacher);
    expect(told).toBeGreaterThan(teacher);
  });

  it("keep their keys when what decides nothing changes", () => {
    const keys = (changes: Partial<Experiment>) => cells(changes).cells.map(({ key }) => key);
    const rounds = (more: object) => ({ base: { rounds: { count: 2, ...more } } });
    expect(keys({ name: "other", question: "Another question?", limits: { threads: 1 } })).toEqual(keys({}));
    expect(keys(rounds({ engine: "onnx", microbatch: 8, updates: 80 }))).toEqual(keys({}));
    expect(keys(rounds({ updates: 81 }))).not.toEqual(keys({}));
  });

  it("that are added by a changed definition leave the others as they are", () => {
    const before = cells().cells.map(({ key }) => key);
    const after = cells({ seeds: [1, 2, 3] }).cells.map(({ key }) => key);
    expect(after.filter((key) => before.includes(key)).sort()).toEqual([...before].sort());
  });

  it("name the evaluation that holds the result, and that of each round", () => {
    const [cell] = cells({ base: { rounds: { count: 2 }, curve: { of: ["teacher", "each-round"] } } }).cells;
    expect(Object.keys(cell?.byRound ?? {})).toEqual(["0", "1", "2"]);
    expect(cell?.result).toBe(cell?.byRound[2]);
  });
});

describe("a definition is refused", () => {
  const wrong = (changes: object) => () => cells(changes as Partial<Experiment>);
  it.each<[string, object, string]>([
    ["an unknown key", { axis: [] }, "spec: the definition must have known keys only, got axis. Did you mean axes?"],
    ["an unknown limit", { limits: { hour: 1 } }, "limits must have known keys only, got hour. Did you mean hours?"],
    [
      "an axis without values",
      { axes: [list("rounds.lr", [])] },
      "axes[0].values must have values: give one or more, got []",
    ],
    ["no seed", { seeds: [] }, "seeds must be valid"],
    [
      "a name that is no folder's",
      { name: "A study" },
      'name must be lower-case letters, digits and dashes, 64 at most, got "A study"',
    ],
    [
      "two axes of one path",
      { axes: [list("rounds.lr", [1]), list("rounds.lr", [2])] },
      "a path must be set by one axis",
    ],
    ["an axis of a stage that does not run", { axes: [list("lambada.items", [1])] }, "must be of a stage that runs"],
    [
      "the same value twice",
      { axes: [list("rounds.lr", [1e-3, 1e-3])] },
      "cells must differ, got lr=0.001 seed=1 twice",
    ],
    [
      "values that make no difference",
      { axes: [list("rounds.microbatch", [4, 8])] },
      "got microbatch=4 seed=1 and microbatch=8 seed=1, which run the same",
    ],
    ["an unknown option", { base: { rounds: { updatez: 1 } } }, "got rounds.updatez. Did you mean updates?"],
    [
      "an option that the sweep gives",
      { base: { rounds: { root: "x" } } },
      "got rounds.root. Take it out; the sweep gives it.",
    ],
    ["a wrong value", { base: { rounds: { lr: -1 } } }, "rounds.lr must be valid"],
    ["options that do not fit", { base: { rounds: { microbatch: 3 } } }, "a microbatch must divide"],
    ["no rounds", { base: { rounds: { count: 0 } } }, "rounds.count must be a positive whole number, got 0"],
    [
      "a missing teacher",
      { base: { rounds: { teacher: "nowhere" } } },
      "round.teacher must be there before anything starts",
    ],
    ["a missing judge", { base: { curve: { judge: "nowhere" } } }, "curve.judge must be there before anything starts"],
    ["too many cells", { limits: { cells: 3 } }, "there must be at most 3 cells, got 2 × 2 seeds"],
    [
      "stopping that sees nothing",
      { stages: ["rounds"], stopping: { rule: "median", after: [1] } },
      "stopping must see a curve",
    ],
    [
      "stopping by what a temperature lowers",
      { stopping: { rule: "median", after: [1] } },
      "stopping must not rank by what a lower temperature lowers too, got the result gen-ppl. Name the result gain-at-entropy with its steps, or say stopping.raw: true.",
    ],
    [
      "stopping by what has no better way",
      { result: { metric: "distinct-1", steps: 8 }, stopping: { rule: "median", after: [1], raw: true } },
      "stopping must rank by what has a better way, got the result distinct-1. Name the result gain-at-entropy with its steps.",
    ],
    [
      "a result that nothing measures",
      { result: { metric: "last-word-accuracy" } },
      "the result last-word-accuracy must be measured by the stage lambada, got stages rounds, curve. Add lambada",
    ],
    [
      "an unknown subject",
      { base: { curve: { of: ["students"] } } },
      "curve.of must be a list of teacher, each-round, last-round",
    ],
  ])("for %s", (_, changes, message) => {
    expect(wrong(changes)).toThrow(UserError);
    expect(wrong(changes)).toThrow(message);
  });

  it("but not for a conditional axis that differs", () => {
    const axes = [list("rounds.substeps", [2, 4]), when({ "rounds.substeps": 4 }, list("rounds.lr", [1e-3, 1e-4]))];
    expect(cells({ axes, seeds: [1] }).cells).toHaveLength(3);
  });
});

describe("a spec", () => {
  const context = { size: "embedded" };
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const text = (more: string) => `import { defineExperiment, list, type Axis } from "@sdtt/experiments";
const axes: readonly Axis[] = [list("rounds.divergence", ["reverse-kl", "forward-kl"])];
export default defineExperiment(({ size }: { size: string }) => ({ name: \`a-\${size}\`, question: "Is it loaded?",
  stages: ["rounds", "curve"], axes, result: { metric: "gen-ppl" }, ${more} }));`;

  it("is TypeScript, with the size as its argument", async () => {
    const { definition } = await loadSpec(file("good.experiment.ts", text("seeds: [1]")), { size: "169m" });
    expect([definition.name, definition.axes.length]).toEqual(["a-169m", 1]);
  });

  it.each([
    ["spec.js", "export default {}", "must be a TypeScript file named *.experiment.ts, got spec.js"],
    ["spec.ts", "export default {}", "must be a TypeScript file named *.experiment.ts, got spec.ts"],
    ["broken.experiment.ts", "export default {{", "the spec must be TypeScript that can be run, got "],
    ["python.experiment.ts", "def main():\n  return 1\n", "the spec must be TypeScript that can be run, got "],
    ["throws.experiment.ts", "throw new Error('no disk')", "must be TypeScript that can be run, got no disk"],
    ["empty.experiment.ts", "export const a = 1;", "the spec must have a default export, got none"],
    ["number.experiment.ts", "export default 3;", "the default export must be valid"],
  ])("%s is refused in one sentence", async (name, content, message) => {
    await expect(loadSpec(file(name, content), context)).rejects.toThrow(UserError);
    await expect(loadSpec(file(name, content), context)).rejects.toThrow(message);
  });

  it("that is not there is refused", async () => {
    await expect(loadSpec(join(folder, "none.experiment.ts"), context)).rejects.toThrow("must exist, got no such file");
  });

  it("is frozen under its content, once, and a changed one beside it", async () => {
    const root = join(folder, ".sdtt");
    const submitted = async (more: string) => {
      const path = file("frozen.experiment.ts", text(more));
      const frozen = freeze(path, await loadSpec(path, context));
      submit(root, frozen);
      return frozen.hash;
    };
    const first = await submitted("seeds: [1]");
    expect(await submitted("seeds: [1]")).toBe(first);
    const second = await submitted("seeds: [1, 2]");
    expect(submissionsOf(root, "a-embedded").map(({ manifest }) => manifest)).toEqual([first, second]);
    expect(newestManifest(root, "a-embedded").manifest.cells).toHaveLength(4);
    expect(readManifest(root, "a-embedded", first).cells).toHaveLength(2);
    const path = join(root, "sweeps/a-embedded/manifests", `${first}.json`);
    const halfWritten = `${path}.tmp-${hostname()}-${2 ** 22}`;
    writeFileSync(halfWritten, "{");
    await submitted("seeds: [1]");
    expect(existsSync(halfWritten)).toBe(false);
    writeFileSync(path, "{}");
    expect(() => readManifest(root, "a-embedded", first)).toThrow("its content must be what its name says");
  });
});
