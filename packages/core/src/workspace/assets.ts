/**
 * @file The assets that ship with the project: the embedded tokenizer, teacher, judge and AR baseline, the students of all
 * rounds from that teacher, and what was measured of them.
 *
 * Each is a folder with a card (`card.json`) that says how it was made; `npx nx run experiments:embedded` makes them.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const assetNames = ["teacher", "judge", "ar"] as const;
export type AssetName = (typeof assetNames)[number];

export const assetsFolder = join(import.meta.dirname, "../..", "assets");

/** Folder of an embedded asset, whether or not it is there. */
export function assetPath(name: AssetName): string {
  return join(assetsFolder, name);
}

export interface RoundAsset {
  readonly round: number;
  readonly path: string;
}

/** The students that ship, `round-1` and on, in order. */
export function roundAssets(folder: string = assetsFolder): RoundAsset[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const rounds = names.flatMap((name) => (/^round-\d+$/.test(name) ? [Number(name.slice(6))] : []));
  return rounds.sort((a, b) => a - b).map((round) => ({ round, path: join(folder, `round-${round}`) }));
}

/** Figures of the assets: a file of `readKnown`, whether or not it is there; SDTT_SHIPPED_FIGURES=none leaves stores without them. */
export const knownFigures = process.env.SDTT_SHIPPED_FIGURES === "none" ? "" : join(assetsFolder, "known.json");
