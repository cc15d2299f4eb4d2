import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellsOf } from "../cells/cells.js";
import type { Manifest } from "../cells/frozen.js";
import { checkFits, largestMemoryMiB } from "../sweep/resources.js";
import { unfoldAxes } from "./axes.js";
import { loadSpec } from "./load.js";

const folder = join(import.meta.dirname, "../..");
const specs = readdirSync(folder).filter((name) => name.endsWith(".experiment.ts"));

describe("the studies in experiments/", () => {
  it("are there", () => {
    const studies = ["divergences", "student-dropout", "substeps", "round-length", "ema-teacher", "optimizer-reset"];
    for (const name of [...studies, "time-grid", "step-growth", "scaling"])
      expect(specs).toContain(`${name}.experiment.ts`);
  });

  it.each(specs)("%s can be run at the embedded size, and asks what its name says", async (name) => {
    const { definition } = await loadSpec(join(folder, name), { size: "embedded" });
    const { cells } = cellsOf(name, definition);
    expect(definition.name.startsWith(name.replace(".experiment.ts", ""))).toBe(true);
    expect(cells.length).toBeGreaterThan(1);
    expect(cells.every(({ result }) => result !== undefined)).toBe(true);
    expect(new Set(cells.map(({ label }) => label)).size).toBe(cells.length);
  });

  it("share the cell that all of them have: the default round", async () => {
    const shared = ["student-dropout", "optimizer-reset", "time-grid"].map(async (name) => {
      const { definition } = await loadSpec(join(folder, `${name}.experiment.ts`), { size: "embedded" });
      return new Set(cellsOf(name, definition).cells.map(({ key }) => key));
    });
    const [first, ...others] = await Promise.all(shared);
    const common = [...(first ?? [])].filter((key) => others.every((keys) => keys.has(key)));
    expect(common).toHaveLength(3);
  });

  it.each(["embedded", "169m"] as const)("of substeps end with one step of the student, at %s", async (size) => {
    const { definition } = await loadSpec(join(folder, "substeps.experiment.ts"), { size });
    const steps = unfoldAxes(definition.axes).map((assignment) => {
      const at = (path: string) => Number(assignment[`rounds.${path}`]);
      return at("substeps") ** at("count") / at("initialSteps");
    });
    expect(new Set(steps).size).toBe(1);
  });

  it("ask at a published size for its teacher, before anything starts", async () => {
    const { definition } = await loadSpec(join(folder, "time-grid.experiment.ts"), { size: "169m" });
    expect(definition.name).toBe("time-grid-169m");
    expect(() => cellsOf("time-grid", definition)).toThrow(/round\.teacher must be there .*mdlm-owt/);
  });

  const plannedAt = async (name: string, size: "169m" | "863m") => {
    const { definition } = await loadSpec(join(folder, `${name}.experiment.ts`), { size });
    const missing = new Set<string>();
    const made = { definition, ...cellsOf(name, definition, { size, missing }) } as unknown as Manifest;
    return { manifest: made, missing: [...missing].map((path) => basename(path)).sort() };
  };

  it.each(specs.filter((name) => !/short|scaling|methods|default|ar-init/.test(name)))(
    "%s is planned at 169M before its files are there",
    async (name) => {
      const { manifest, missing } = await plannedAt(name.replace(".experiment.ts", ""), "169m");
      expect(missing).toEqual(["gpt2-large", "lambada_test.jsonl", "mdlm-owt", "openwebtext"]);
      // What docs/real-size.md measured of one update lies below this.
      expect(largestMemoryMiB(manifest)).toBeGreaterThan(5_000);
      // Distribution matching trains a second network beside the student.
      expect(largestMemoryMiB(manifest)).toBeLessThan(name.startsWith("beyond") ? 15_000 : 10_000);
    },
  );

  it("of sizes that have no public teacher are refused in words", async () => {
    await expect(plannedAt("time-grid", "863m")).rejects.toThrow(/no teacher of 863m is public: .*scaling\.experiment/);
  });

  it("that this machine cannot hold are refused for their memory", async () => {
    const { manifest } = await plannedAt("scaling", "863m");
    expect(() => checkFits(manifest, { memoryMiB: 24_000, threads: 1 })).toThrow(
      /sweep: every stage must fit into memory, got a stage of about \d{5} MiB, and 24000 MiB are free/,
    );
    expect(() => checkFits(manifest, { memoryMiB: 100_000, threads: 1 })).not.toThrow();
  });
});
