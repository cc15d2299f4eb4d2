/**
 * @file What is measured of the assets, in the order of what it is needed for, so that a part of it is of use already.
 *
 * Cells are known to the store: measured again, only what is lacking is drawn. The teacher's temperatures go down as far as
 * its students' entropies fall, and no further.
 */
import { join } from "node:path";
import { readCheckpointState } from "@sdtt/core/checkpoint";
import { openStore, type StoreReader } from "@sdtt/core/store";
import { storePath } from "@sdtt/core/workspace";
import { runChains } from "../default/stages.js";
import type { Recipe } from "./recipes.js";
import {
  controlStages,
  firstStages,
  orderStages,
  otherSeedStages,
  type Place,
  studentNames,
  wordStages,
} from "./stages.js";

const definition = "gen-ppl-retokenised@1";

/** Entropies of an asset by step count, under the first seed. */
function entropies(store: StoreReader, { out }: Place, recipe: Recipe, asset: string, temperature: number) {
  const subjectHash = readCheckpointState(join(out, asset)).hashes.model;
  const rows = store.evaluations({ subjectHash, definition, temperature });
  const [seed] = recipe.measured.seeds;
  const own = rows.filter((row) => row.seed === seed && row.steps !== null && row.entropy !== null);
  return new Map(own.map(({ steps, entropy }) => [steps as number, entropy as number]));
}

/** Whether a student is sharper than the teacher at this temperature, at a step count where both were measured. */
export function isBelow(store: StoreReader, place: Place, recipe: Recipe, temperature: number): boolean {
  const control = entropies(store, place, recipe, "teacher", temperature);
  return studentNames(recipe).some((asset) =>
    [...entropies(store, place, recipe, asset, 1)].some(([steps, entropy]) => entropy < (control.get(steps) ?? 0)),
  );
}

/** The temperatures that every table has, then as many as are needed. */
async function reachDown(recipe: Recipe, place: Place): Promise<number[]> {
  const { temperatures, seeds } = recipe.measured;
  const drawn: number[] = [];
  for (const temperature of temperatures) {
    await runChains([controlStages(recipe, place, seeds[0] as number, temperature)], 1);
    drawn.push(temperature);
    const store = openStore(storePath(place.root), { readonly: true });
    const isEnough = drawn.length >= 2 && !isBelow(store, place, recipe, temperature);
    store.close();
    if (isEnough) break;
  }
  return drawn;
}

/** @param done called whenever there is more to keep */
export async function measureAssets(recipe: Recipe, place: Place, done: () => void): Promise<void> {
  await runChains([firstStages(recipe, place)], 1);
  done();
  const temperatures = await reachDown(recipe, place);
  done();
  await runChains([wordStages(recipe, place)], 1);
  done();
  await runChains([orderStages(recipe, place)], 1);
  done();
  await runChains([otherSeedStages(recipe, place, temperatures)], 1);
  done();
}
