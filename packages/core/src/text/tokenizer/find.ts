/**
 * @file The tokenizer that a checkpoint was trained with, wherever it lies.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import { assetPath } from "../../workspace/assets.js";
import { loadTokenizer, type Tokenizer } from "./tokenizer.js";

/**
 * The tokenizer given, else the one of the recorded hash beside the checkpoint, among the embedded assets, or in a folder
 * of ROOT/data.
 *
 * Throws   UserError when there is none of that hash
 */
export function tokenizerOf(
  { path, tokenizerHash }: { readonly path: string; readonly tokenizerHash: string },
  { given, root }: { readonly given?: string | undefined; readonly root: string },
): Tokenizer {
  const where = `checkpoint ${path}`;
  const rule = `the tokenizer must be the one it was trained with (${tokenizerHash.slice(0, 12)})`;
  if (given) {
    const tokenizer = loadTokenizer(given);
    if (tokenizer.hash === tokenizerHash) return tokenizer;
    const got = `${tokenizer.hash.slice(0, 12)} (${given})`;
    throw userError(where, rule, got, "Give another --tokenizer, or leave it out.");
  }
  const data = join(root, "data");
  const prepared = existsSync(data) ? readdirSync(data).sort() : [];
  const folders = [path, assetPath("teacher"), ...prepared.map((name) => join(data, name))];
  for (const folder of folders.filter((name) => existsSync(join(name, "tokenizer.json")))) {
    const tokenizer = loadTokenizer(folder);
    if (tokenizer.hash === tokenizerHash) return tokenizer;
  }
  throw userError(where, rule, `none of that hash beside it or in ${root}/data`, "Give it: --tokenizer=FILE.");
}
