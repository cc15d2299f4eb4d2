/**
 * @file The assets that ship with the project: the embedded tokenizer, teacher, judge and AR baseline.
 *
 * Each is a folder with a card (`card.json`) that says how it was made; `npx nx run experiments:embedded` makes them.
 */
import { join } from "node:path";

const assetNames = ["teacher", "judge", "ar"] as const;
export type AssetName = (typeof assetNames)[number];

export const assetsFolder = join(import.meta.dirname, "../..", "assets");

/** Folder of an embedded asset, whether or not it is there. */
export function assetPath(name: AssetName): string {
  return join(assetsFolder, name);
}
