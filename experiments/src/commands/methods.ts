/**
 * @file `methods`: `methods.experiment.ts` in one store, with what a definition does not say, and docs/methods.md's table and picture.
 *
 * Beside the definition's samplers: those that need a datastore or a calibration made first, a student with another's first steps, and what
 * samples cost in time. The teacher's ancestral steps are taken from the default experiment's rows, and what was drawn before from the rows
 * that ship: only what these lack is drawn, after a word of how long it takes. Every stage is resumable; few steps come first, so that a part of
 * it is of use already.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { openEngine } from "@sdtt/core/engine";
import { addKnown, openStore, readKnown } from "@sdtt/core/store";
import { tokenizerOf } from "@sdtt/core/text";
import { assetPath, knownFigures, storePath } from "@sdtt/core/workspace";
import { openCheckpoint } from "@sdtt/eval/record";
import { unitTime } from "@sdtt/eval/samples";
import { z } from "zod";
import { type Kept, readKept } from "../claims/kept.js";
import { runChains } from "../default/stages.js";
import { keepCalibration, takeCalibration } from "../methods/calibration.js";
import { knownIn } from "../methods/known.js";
import { type CountedStage, lackingText } from "../methods/lacking.js";
import { addTeacher, rowsIn, writeMethods } from "../methods/report.js";
import { type Asked, chainsOf } from "../methods/stages.js";
import { repository } from "../programs.js";
import type { Definition } from "../spec/definition.js";
import { loadSpec } from "../spec/load.js";

const definedIn = join(import.meta.dirname, "../../methods.experiment.ts");
const itsOwn = "default: as methods.experiment.ts says";

export const options = z.object({
  seeds: z.array(z.int().nonnegative()).min(1).optional().describe(`seeds of the draws, as in 1,2,3; ${itsOwn}`),
  steps: z.array(z.int().positive()).min(1).optional().describe(`step counts of all curves, as in 4,8; ${itsOwn}`),
  samples: z.int().min(2).optional().describe(`samples of a cell; ${itsOwn}`),
  prepared: z
    .boolean()
    .default(true)
    .describe("samplers that need a datastore or a calibration too, and another's first steps"),
  keys: z.int().positive().default(16384).describe("states of the datastore"),
  times: z.boolean().default(true).describe("what samples cost in time"),
  repeats: z.int().min(2).default(3).describe("timed turns"),
  threads: z.int().positive().default(1).describe("threads of a process"),
  workers: z.int().positive().default(2).describe("processes at a time"),
  dryRun: z.boolean().default(false).describe("say what is lacking and how long it takes, and stop"),
  reportOnly: z.boolean().default(false).describe("write table and picture from what the store has"),
  root: z
    .string()
    .default(() => rootFolder("methods"))
    .describe("folder of the samples, the datastore and the store"),
  out: z
    .string()
    .default(repository)
    .describe("folder whose docs/ and experiments/ have the table, the picture and the rows"),
});

/** The rows that ship, in the folder of a repository. */
const shippedIn = join(repository, "experiments");

/** Puts into the root what ships: rows of the table, the teacher's ancestral steps, whose students are whose, and the calibration that rows were drawn by. */
function takeShipped(root: string, others: Kept): void {
  const store = openStore(storePath(root));
  try {
    addTeacher(store, others);
    const shipped = readKnown(knownFigures);
    if (shipped) addKnown(store, shipped);
    const own = rowsIn(shippedIn);
    if (existsSync(own)) addKnown(store, { ...readKept(own), definitions: [] });
  } finally {
    store.close();
  }
  takeCalibration(shippedIn, root);
}

/** What the rows of the root lack, in the order in which it is drawn. */
function lackingIn(o: Asked, definition: Definition): CountedStage[][] {
  const store = openStore(storePath(o.root), { readonly: true });
  try {
    return chainsOf(o, definition, knownIn(store, o.name));
  } finally {
    store.close();
  }
}

/** Processor time of one of the teacher's ancestral steps here, ms. */
async function unitMs({ root, threads, repeats }: Asked): Promise<number> {
  const checkpoint = openCheckpoint(assetPath("teacher"));
  const engine = await openEngine("auto", { threads });
  return unitTime(
    engine,
    { checkpoint, tokenizer: tokenizerOf(checkpoint, { root }) },
    { sequences: 4, repeats, seed: 1 },
  );
}

export const methods = defineCommand({
  name: "methods",
  summary:
    "the field's samplers side by side: all of methods.experiment.ts, what it needs made first, times, and docs/methods.md",
  options,
  async run(given) {
    const { definition } = await loadSpec(definedIn, { size: "embedded" });
    const o = { ...given, name: definition.name, seeds: given.seeds ?? definition.seeds };
    const path = join(shippedIn, "default.json");
    if (!existsSync(path)) {
      const rule = "the default experiment's rows must be there, which all is read against";
      throw userError("methods", rule, `none (${path})`, "Run it in a checkout of the project.");
    }
    const others = readKept(path);
    takeShipped(o.root, others);
    if (!o.reportOnly) {
      const chains = lackingIn(o, definition);
      const unit = chains.length === 0 ? 0 : await unitMs(o);
      process.stdout.write(lackingText(chains.flat(), unit, o.workers));
      if (o.dryRun) return;
      await runChains(chains, o.workers);
    }
    const rows = join(o.out, "experiments");
    const found = openStore(storePath(o.root), { readonly: true });
    try {
      process.stdout.write(`${writeMethods(found, o.name, { docs: join(o.out, "docs"), rows, others })}\n`);
    } finally {
      found.close();
    }
    keepCalibration(o.root, rows);
  },
});
