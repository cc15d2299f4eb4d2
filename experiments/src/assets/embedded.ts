/**
 * @file `embedded`: makes the assets that ship with the project, measures them, and packs them with a card each.
 *
 * Trained, packed, distilled from what was packed, packed, measured: run again, it does only what is not done, and parts of it
 * are run with --only. Figures are of what ships and not of what it was packed from, so that they are those that a user would find.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { readCheckpointState } from "@sdtt/core/checkpoint";
import { defineCommand, rootFolder } from "@sdtt/core/cli";
import { engineFlags, openEngine } from "@sdtt/core/engine";
import { writeFileAtomic } from "@sdtt/core/files";
import { knownOf, openStore, writeKnown } from "@sdtt/core/store";
import { assetsFolder, roundFolder, storePath } from "@sdtt/core/workspace";
import { progressOf } from "@sdtt/distill/runs";
import { z } from "zod";
import { runChains, type Stage } from "../default/stages.js";
import { commandWithoutPlaces, withoutPlaces } from "../files/places.js";
import { type Card, otherOptions } from "./card.js";
import { demoOf } from "./demo.js";
import { measureAssets } from "./measure.js";
import { packPretrained, packStudent } from "./pack.js";
import { type Recipe, short, whole } from "./recipes.js";
import { type Place, pretrained, pretrainStage, roundStage, studentFolder, studentNames } from "./stages.js";
import { withTrained } from "./trained.js";

const parts = [...pretrained, "rounds", "figures"] as const;

/** Of all files: the tree must fit where little can be carried. */
const mostBytes = 40e6;

const options = z.object({
  short: z
    .boolean()
    .default(false)
    .describe("the shortened form: the same chain in a minute, its figures mean nothing"),
  source: z.string().default("embedded").describe("text, as `prepare` takes it"),
  only: z
    .array(z.enum(parts))
    .min(1)
    .default([...parts])
    .describe("parts, as in teacher,rounds; what they need of the others must be there"),
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

/** Trains what is not trained yet. A run that is finished is taken as it is; where the recipe says otherwise, so is that. */
async function train(stage: Stage, folder: string): Promise<void> {
  const found = progressOf(folder);
  if (!found?.isDone) return runChains([[stage]], 1);
  const others = otherOptions(stage.args, found.facts.config);
  if (others.length > 0)
    process.stderr.write(`${folder}: made with other options than the recipe's: ${others.join(", ")}\n`);
}

async function trainAndPack(o: Options, recipe: Recipe, place: Place): Promise<void> {
  const engine = await openEngine(o.engine, o);
  for (const name of pretrained.filter((part) => o.only.includes(part))) {
    await train(pretrainStage(name, recipe, place), roundFolder(place.root, name, 0));
    process.stdout.write(said(name, await packPretrained(engine, place, name)));
  }
  if (!o.only.includes("rounds")) return;
  for (let round = 1; round <= recipe.rounds; round++) {
    await train(roundStage(recipe, place, round), studentFolder(place, round));
    process.stdout.write(said(`round-${round}`, await packStudent(engine, place, round)));
  }
}

/** Figures of the assets, as they are in the store. */
function packFigures({ root, out }: Place, recipe: Recipe): void {
  const folders = ["teacher", "ar", ...studentNames(recipe)];
  const hashes = folders.map((name) => readCheckpointState(join(out, name)).hashes.model);
  const store = openStore(storePath(root), { readonly: true });
  try {
    const texts = store.runs().filter(({ name }) => name === "real text");
    const ofText = texts.flatMap(({ id }) => store.evaluations({ sampler: "any" }).filter(({ runId }) => runId === id));
    const known = knownOf(store, [...hashes, ...new Set(ofText.map(({ subjectHash }) => subjectHash))]);
    const runs = known.runs.map((run) => {
      return { ...run, config: withoutPlaces(run.config), command: commandWithoutPlaces(run.command) };
    });
    const checkpoints = known.checkpoints.map((one) => ({ ...one, path: `assets/${one.path.split(/[\\/]/).at(-1)}` }));
    const shipped = withTrained({ ...known, runs, checkpoints }, out);
    writeKnown(join(out, "known.json"), shipped);
    writeFileAtomic(join(out, "demo.json"), `${JSON.stringify(demoOf(store, shipped, ["teacher", "students"]))}\n`);
    process.stdout.write(`${known.evaluations.length} figures are kept in known.json\n`);
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
    if (o.only.includes("figures")) await measureAssets(recipe, o, () => packFigures(o, recipe));
    const size = sizeBytes(o.out);
    const told = `${o.out}: ${(size / 1e6).toFixed(1)} MB`;
    // Of parts, the others may be those of before.
    if (size > mostBytes && parts.every((part) => o.only.includes(part)))
      throw userError("embedded", `assets must be at most ${mostBytes / 1e6} MB`, told, "Pack less.");
    process.stdout.write(`${told}\n`);
  },
});
