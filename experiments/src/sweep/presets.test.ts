import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellsOf } from "./cells.js";
import { loadSpec } from "./load.js";

const folder = join(import.meta.dirname, "../..");
const specs = readdirSync(folder).filter((name) => name.endsWith(".experiment.ts"));

describe("the studies in experiments/", () => {
  it("are there", () => {
    const studies = ["divergences", "student-dropout", "substeps", "round-length", "ema-teacher", "optimizer-reset"];
    for (const name of [...studies, "time-grid", "step-growth"]) expect(specs).toContain(`${name}.experiment.ts`);
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

  it("ask at a published size for its teacher, before anything starts", async () => {
    const { definition } = await loadSpec(join(folder, "time-grid.experiment.ts"), { size: "169m" });
    expect(definition.name).toBe("time-grid-169m");
    expect(() => cellsOf("time-grid", definition)).toThrow(/round\.teacher must be there .*mdlm-owt/);
  });
});
