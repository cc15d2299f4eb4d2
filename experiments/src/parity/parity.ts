/**
 * @file `parity`: every number of a fixtures folder, recomputed by this project on an engine and held against it.
 *
 * The folder was made by the published Python (jdeschena/sdtt, kuleshov-group/mdlm). What is compared here is what
 * runs elsewhere: models, log-probabilities, targets, divergences, trainer, samplers, scorer and last-word evaluation
 * of core, distill and eval; only recorded draws, times and batches are fed to them in place of their own.
 */
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { alignTable, defineCommand } from "@sdtt/core/cli";
import { type Engine, engineChoices, engineFlags, openEngine, productsFlag } from "@sdtt/core/engine";
import { z } from "zod";
import { repository } from "../programs.js";
import { type Check, openContext } from "./context.js";
import { ditChecks } from "./dit.js";
import { openPart, type PartName, partNames } from "./folder.js";
import { gpt2Checks } from "./gpt2.js";
import { lambadaChecks } from "./lambada.js";
import type { Row } from "./rows.js";
import { samplerChecks } from "./samplerRuns.js";
import { targetChecks } from "./targets.js";
import { trainingChecks } from "./training.js";

export const shippedFixtures = join(repository, "packages", "core", "fixtures");

const checks: Record<PartName, Check> = {
  dit: ditChecks,
  targets: targetChecks,
  training: trainingChecks,
  samplers: samplerChecks,
  gpt2: gpt2Checks,
  lambada: lambadaChecks,
};

export interface PartRow extends Row {
  readonly engine: string;
  readonly part: PartName;
}

/**
 * All rows of a fixtures folder on an engine.
 *
 * Throws   UserError when the folder lacks a part or a file, or was made with another architecture
 */
export async function parityRows(
  root: string,
  engine: Engine,
  parts: readonly PartName[] = partNames,
): Promise<PartRow[]> {
  const opened = parts.map((part) => [part, openPart(root, part)] as const);
  const context = openContext(root, engine);
  try {
    const rows: PartRow[] = [];
    for (const [part, folder] of opened) {
      const found = await checks[part](context, folder);
      rows.push(...found.map((row) => ({ engine: engine.name, part, ...row })));
    }
    return rows;
  } finally {
    context.close();
  }
}

const size = (value: number) => (Number.isInteger(value) ? String(value) : value.toExponential(1));

function tableOf(rows: readonly PartRow[]): string {
  const cells = rows.map(({ part, name, difference, tolerance, isOk, note }) => [
    `${part}: ${name}`,
    size(difference),
    size(tolerance),
    isOk ? "ok" : "FAILS",
    note ?? "",
  ]);
  const isNumber = (column: number) => column === 1 || column === 2;
  return alignTable([["quantity", "difference", "tolerance", "verdict", ""], ...cells], isNumber);
}

const options = z.object({
  fixtures: z.string().default(shippedFixtures).describe("folder of published numbers; default: the one shipped"),
  engine: z.enum(engineChoices).optional().describe("tensor engine; default: onnx, then reference"),
  device: engineFlags.device,
  ...productsFlag,
  threads: z.int().positive().default(1).describe("threads of the engine"),
  json: z.boolean().default(false).describe("print JSON instead of a table"),
});

export const parity = defineCommand({
  name: "parity",
  summary: "every number of the published code that was recorded, recomputed and compared",
  options,
  async run(o) {
    const all: PartRow[] = [];
    for (const choice of o.engine ? [o.engine] : (["onnx", "reference"] as const)) {
      const engine = await openEngine(choice, choice === "reference" ? { threads: o.threads } : o);
      const rows = await parityRows(o.fixtures, engine);
      all.push(...rows);
      if (o.json) continue;
      const good = rows.filter(({ isOk }) => isOk).length;
      const values = rows.reduce((sum, row) => sum + row.values, 0);
      const total = `${good} of ${rows.length} quantities within tolerance, ${values} values`;
      process.stdout.write(`${engine.description}\n${tableOf(rows)}\n${total}\n\n`);
    }
    if (o.json) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    const failed = all.filter(({ isOk }) => !isOk).map(({ engine, part, name }) => `${part}: ${name} (${engine})`);
    if (failed.length === 0) return;
    const got = `${failed.length} of ${all.length} further away: ${failed.join("; ")}`;
    const remedy = "Compare that quantity's code with the published one.";
    throw userError("parity", "every quantity must be within its tolerance", got, remedy);
  },
});
