/**
 * @file The tokenizer that a checkpoint was trained with, wherever it lies.
 */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError, userError } from "../../base/errors.js";
import { assetPath } from "../../workspace/assets.js";
import { loadTokenizer, type Tokenizer } from "./tokenizer.js";

export interface FoundTokenizer {
  /** The file, or the folder that holds it. */
  readonly place: string;
  readonly tokenizer: Tokenizer;
}

/** The first of these files and folders whose tokenizer is known as `hash`; one that cannot be read is passed over. */
export function findTokenizer(hash: string, places: readonly string[]): FoundTokenizer | undefined {
  for (const place of places.filter((name) => existsSync(name))) {
    const tokenizer = readable(place);
    if (tokenizer?.isKnownAs(hash)) return { place, tokenizer };
  }
  return undefined;
}

function readable(place: string): Tokenizer | undefined {
  try {
    return loadTokenizer(place);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The folders of prepared text below a root. */
export function preparedFolders(root: string): string[] {
  const data = join(root, "data");
  const names = existsSync(data) ? readdirSync(data).sort() : [];
  return names.map((name) => join(data, name)).filter((folder) => existsSync(join(folder, "tokenizer.json")));
}

interface Trained {
  readonly path: string;
  readonly tokenizerHash: string;
}

/** The root below which a checkpoint of a run lies, whatever root a command has. */
const ownRoot = (path: string): string[] => {
  const found = /^(.*)[/\\]runs[/\\][^/\\]+[/\\]round-\d+[/\\]checkpoints[/\\][^/\\]+$/.exec(resolve(path));
  return found ? [found[1] as string] : [];
};

const placesOf = (path: string, root: string) => [
  ...[path, assetPath("teacher")].filter((folder) => existsSync(join(folder, "tokenizer.json"))),
  ...[...new Set([resolve(root), ...ownRoot(path)])].flatMap(preparedFolders),
];

/**
 * The tokenizer given, else the one of the recorded hash beside the checkpoint, among the embedded assets, or in a folder
 * of ROOT/data or of the root that the checkpoint lies in.
 *
 * Throws   UserError when there is none of that hash
 */
export function tokenizerOf(
  { path, tokenizerHash }: Trained,
  { given, root = ".sdtt" }: { readonly given?: string | undefined; readonly root?: string } = {},
): Tokenizer {
  const where = `checkpoint ${path}`;
  const rule = `the tokenizer must be the one it was trained with (${tokenizerHash.slice(0, 12)})`;
  if (given) {
    const tokenizer = loadTokenizer(given);
    if (tokenizer.isKnownAs(tokenizerHash)) return tokenizer;
    const got = `${tokenizer.hash.slice(0, 12)} (${given})`;
    throw userError(where, rule, got, "Give another --tokenizer, or leave it out.");
  }
  const found = findTokenizer(tokenizerHash, placesOf(path, root));
  if (found) return found.tokenizer;
  throw userError(where, rule, `none of that hash beside it or in ${root}/data`, "Give it: --tokenizer=FILE.");
}

/** Whether two checkpoints have one tokenizer, be it recorded by its own hash or, as at first, by its file's. */
export function shareTokenizer(one: Trained, other: Trained, root: string): boolean {
  if (one.tokenizerHash === other.tokenizerHash) return true;
  const [first, second] = [one, other].map(
    ({ path, tokenizerHash }) => findTokenizer(tokenizerHash, placesOf(path, root))?.tokenizer,
  );
  if (first && second) return first.hash === second.hash;
  return first?.isKnownAs(other.tokenizerHash) ?? second?.isKnownAs(one.tokenizerHash) ?? false;
}
