/** @file `puzzle`: what parallel drawing costs and what distillation mends, on rows that can all be listed; no judge. */
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { defineCommand } from "@sdtt/core/cli";
import { openEngine } from "@sdtt/core/engine";
import { openStore } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import { roundStep } from "@sdtt/distill/method";
import { evaluateModel } from "./evaluate.js";
import { type Context, studentOf, teacherOf } from "./models.js";
import { type Options, options } from "./options.js";
import { writePage } from "./report.js";
import { openPuzzle, type Puzzle } from "./squares.js";

/** A teacher and its rounds, each trained and measured where that is not done. */
async function chain(context: Context, puzzle: Puzzle, seed: number): Promise<void> {
  let model = await teacherOf(context, puzzle, seed);
  await evaluateModel(context, puzzle, model);
  for (let round = 1; round <= context.o.rounds; round++) {
    model = await studentOf(context, puzzle, model);
    await evaluateModel(context, puzzle, model);
  }
}

export const puzzle = defineCommand({
  name: "puzzle",
  summary:
    "Latin squares and Sudokus, all listed: validity, coverage and entropy of teacher and rounds, without a judge",
  options,
  rules(o: Options) {
    roundStep(o.initialSteps, 2, 1);
    if (o.objective !== "coupling" || o.bins > 1) return;
    const got = `--bins=${o.bins}`;
    throw userError("puzzle", "coupled draws must have ids to tell noise by", got, "Give --bins=12.");
  },
  async run(o, { configHash, argv }) {
    const engine = await openEngine(o.engine, o);
    const context = { engine, o, configHash, command: `experiments ${argv.join(" ")}` };
    const opened = o.puzzles.map(openPuzzle);
    for (const one of opened) for (const seed of o.seeds) await chain(context, one, seed);
    const store = openStore(storePath(o.root), { readonly: true });
    try {
      const path = await writePage(store, opened, { ...o, out: o.out ?? join(o.root, "report") });
      process.stdout.write(`${path}\n`);
    } finally {
      store.close();
    }
  },
});
