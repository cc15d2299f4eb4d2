/**
 * @file `embedded`: makes the assets that ship with the project, measures them, and packs them with a card each.
 *
 * Trained, packed, distilled from what was packed, packed, measured: run again, it does only what is not done. Figures are of
 * what ships and not of what it was packed from, so that they are those that a user would find.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readCheckpointState } from "@sdtt/core/checkpoint";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { knownOf, openStore, writeKnown } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";
import { storePath } from "@sdtt/distill/runs";
import { z } from "zod";
import { runChains } from "../default/stages.js";
import { type Card, commandWithoutPlaces, withoutPlaces } from "./card.js";
import { packPretrained, packStudent } from "./pack.js";
import { type Recipe, short, whole } from "./recipes.js";
import { measureStages, type Place, pretrained, pretrainStage, roundStage } from "./stages.js";

const options = z.object({
  short: z
    .boolean()
    .default(false)
    .describe("the shortened form: the same chain in a minute, its figures mean nothing"),
  source: z.string().default("embedded").describe("text, as `prepare` takes it"),
  measure: z.boolean().default(true).describe("measure what was packed; else only train and pack"),
  root: z
    .string()
    .default(() => rootFolder("embedded"))
    .describe("folder of the training runs"),
  out: z.string().default(assetsFolder).describe("folder of the assets"),
  ...engineFlags,
});

type Options = z.output<typeof options>;

const said = (name: string, { hash, validation }: Card): string => {
  const { definition, trained, shipped, bitsPerCharacter } = validation;
  return `${name} ${hash.slice(0, 12)}: ${definition} ${shipped.toFixed(4)} nats a token (${trained.toFixed(4)} before packing), ${bitsPerCharacter.toFixed(3)} bits a character\n`;
};

async function trainAndPack(o: Options, recipe: Recipe, place: Place): Promise<void> {
  const engine = await openEngine(o.engine, o);
  for (const name of pretrained) {
    const stage = pretrainStage(name, recipe, place);
    await runChains([[stage]], 1);
    process.stdout.write(said(name, await packPretrained(engine, place, name, stage)));
  }
  for (let round = 1; round <= recipe.rounds; round++) {
    const stage = roundStage(recipe, place, round);
    await runChains([[stage]], 1);
    process.stdout.write(said(`round-${round}`, await packStudent(engine, place, round, stage)));
  }
}

/** Figures of the assets, as they are in the store. */
function packFigures({ root, out }: Place, rounds: number): number {
  const folders = ["teacher", "ar", ...Array.from({ length: rounds }, (_, i) => `round-${i + 1}`)];
  const hashes = folders.map((name) => readCheckpointState(join(out, name)).hashes.model);
  const store = openStore(storePath(root), { readonly: true });
  try {
    const texts = store.runs().filter(({ name }) => name === "real text");
    const ofText = texts.flatMap(({ id }) => store.evaluations({ sampler: "any" }).filter(({ runId }) => runId === id));
    const known = knownOf(store, [...hashes, ...new Set(ofText.map(({ checkpointHash }) => checkpointHash))]);
    const runs = known.runs.map((run) => {
      return { ...run, config: withoutPlaces(run.config), command: commandWithoutPlaces(run.command) };
    });
    const checkpoints = known.checkpoints.map((one) => ({ ...one, path: `assets/${one.path.split(/[\\/]/).at(-1)}` }));
    writeKnown(join(out, "known.json"), { ...known, runs, checkpoints });
    return known.evaluations.length;
  } finally {
    store.close();
  }
}

function sizeBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

export const embedded = defineCommand({
  name: "embedded",
  summary: "make the assets again: teacher, judge, AR baseline, students of all rounds, and what is measured of them",
  options,
  async run(o) {
    const recipe = o.short ? short : whole;
    await trainAndPack(o, recipe, o);
    if (o.measure) {
      await runChains([measureStages(recipe, o)], 1);
      process.stdout.write(`${packFigures(o, recipe.rounds)} figures are kept in known.json\n`);
    }
    process.stdout.write(`${o.out}: ${(sizeBytes(o.out) / 1e6).toFixed(1)} MB\n`);
  },
});
