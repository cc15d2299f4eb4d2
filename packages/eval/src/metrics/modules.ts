/**
 * @file The modules of a folder whose names end alike; each gives one value.
 *
 * A folder is its own list, so that an addition is one file. Rejected: a table of imports, which every addition has to touch.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
/** Where this was compiled from; itself where it was not, or its sources are not there. */
const sources = here.replace(/([\\/])dist([\\/]metrics)$/, "$1src$2");

/** Compiling leaves the outputs of sources that are gone. */
function isLeftOver(folder: string, name: string): boolean {
  const from = join(sources, folder);
  return sources !== here && existsSync(from) && !existsSync(join(from, name.replace(/\.js$/, ".ts")));
}

/** The paths of a folder's modules `*.KIND`, in the order of their names. */
export function modulesIn(folder: string, kind: string): string[] {
  const names = readdirSync(join(here, folder)).filter((name) => new RegExp(`\\.${kind}\\.(js|ts)$`).test(name));
  const kept = names.filter((name) => !isLeftOver(folder, name)).sort();
  return kept.map((name) => join(here, folder, name));
}
