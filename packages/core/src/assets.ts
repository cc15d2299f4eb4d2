/**
 * @file Where the files lie that come with the project: the embedded teacher, judge, baseline and tokenizer.
 *
 * Tracked beside the code and found from it, from `src` and from `dist` alike. Nothing is opened here: whoever reads an
 * asset says what is wrong with it.
 */
import { join } from "node:path";

/** The folder or file of an asset, as in `assetPath("teacher")`. */
export function assetPath(name: string): string {
  return join(import.meta.dirname, "..", "assets", name);
}
