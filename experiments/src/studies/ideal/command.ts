/** @file `ideal-students`: what the best student of each method could do, computed without training, written as page and JSON. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startProgress, userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { writeFileAtomic } from "@sdtt/core/files";
import { readKnown } from "@sdtt/core/store";
import { knownFigures } from "@sdtt/core/workspace";
import { z } from "zod";
import { joints } from "../exact/joints.js";
import { openPuzzle, puzzleNames } from "../puzzle/squares.js";
import type { World } from "../world.js";
import { ceilingReport, ceilings } from "./ceiling.js";
import { factsOf, reportOf } from "./report.js";
import { idealStudents } from "./study.js";

const worldNames = [...joints.map(({ name }) => name), ...puzzleNames];
const several = (least: number) => z.array(z.int().min(least)).min(1);

const options = z.object({
  worlds: z.array(z.string()).min(1).default(worldNames).describe("which worlds, as in chain,latin3"),
  steps: several(1).default([1, 2, 4, 8, 16]).describe("step counts K"),
  mixtures: several(2).default([2, 4, 8, 16]).describe("products of the mixtures"),
  alphas: z.array(z.number().positive()).min(1).default([0.5, 1, 2]).describe("k of AlphaDLM's loss"),
  substeps: several(2).default([2, 4]).describe("m of SDTT's rounds"),
  initialSteps: z.int().min(2).default(16).describe("1/Δ of SDTT's first round"),
  floor: z.number().gt(0).lt(1).default(1e-3).describe("even share of SDTT's teacher where some rows cannot be"),
  out: z.string().default(join("docs", "beyond")).describe("folder of ideal-students.md and .json"),
});

function openWorld(name: string): World {
  const puzzle = puzzleNames.find((one) => one === name);
  const found = puzzle ? openPuzzle(puzzle) : joints.find((one) => one.name === name);
  if (found) return found;
  const rule = `a world is one of ${worldNames.join(", ")}`;
  throw userError("ideal-students", rule, `${name} (flag --worlds)`, "Give names of these.");
}

/** Steps that are many for rows of 256 tokens, and have figures at several temperatures. */
const teacherSteps = [64, 128];

/** The default world's gen-PPL figures that ship. */
const shipped = () =>
  (readKnown(knownFigures)?.evaluations ?? []).filter(({ definition }) => definition === "gen-ppl-retokenised@1");

const head = `# The table of ideal students

Written by \`npx nx run experiments:ideal-students\`; what it says is in [beyond-sdtt.md](../beyond-sdtt.md).`;

export const idealStudentsCommand = defineCommand({
  name: "ideal-students",
  summary: "what the best student of each method could do in K steps, exactly, on laws that can be listed",
  options,
  rules: ({ worlds }) => void worlds.map(openWorld),
  async run({ worlds, out, steps: counts, ...o }) {
    mkdirSync(out, { recursive: true });
    const studies = worlds.map((name) => {
      const progress = startProgress({ label: name, total: 0, unit: "methods" });
      let done = 0;
      const onLine = (method: string) => progress.update(++done, method);
      const study = idealStudents(openWorld(name), { ...o, counts, onLine });
      progress.done();
      return study;
    });
    const ceiling = ceilings(shipped(), teacherSteps);
    const known = ceiling.length > 0 ? [ceilingReport(ceiling)] : [];
    const page = [head, ...known, ...studies.map((study) => reportOf(study, counts))].join("\n\n");
    writeFileAtomic(join(out, "ideal-students.md"), `${page}\n`);
    const facts = { steps: counts, ...o, ceiling, worlds: studies.map(factsOf) };
    writeFileAtomic(join(out, "ideal-students.json"), `${JSON.stringify(facts, null, 2)}\n`);
    process.stdout.write(`${join(out, "ideal-students.md")}\n`);
  },
});
