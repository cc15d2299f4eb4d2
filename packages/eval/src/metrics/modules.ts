/**
 * @file Values that are the default exports of modules: the files of a folder whose names end alike, and files that are named.
 *
 * A folder is its own list, so that an addition is one file. Rejected: a table of imports, which every addition has to touch.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { userError } from "@sdtt/core/base";
import type { z } from "zod";

const here = dirname(fileURLToPath(import.meta.url));
/** Where this was compiled from; itself where it was not, or its sources are not there. */
const sources = here.replace(/([\\/])dist([\\/]metrics)$/, "$1src$2");

/** Compiling leaves the outputs of sources that are gone. */
function isLeftOver(folder: string, name: string): boolean {
  const from = join(sources, folder);
  return sources !== here && existsSync(from) && !existsSync(join(from, name.replace(/\.js$/, ".ts")));
}

/**
 * What a module gives.
 *
 * Throws   UserError when it does not load, or its default export is not of the schema
 */
export async function exportOf<T>(what: string, path: string, schema: z.ZodType, remedy: string): Promise<T> {
  const where = `${what} ${path}`;
  let found: unknown;
  try {
    found = ((await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href)) as { default?: unknown }).default;
  } catch (error) {
    throw userError(where, "the module must load", (error as Error).message.split("\n")[0], remedy, error);
  }
  const parsed = schema.safeParse(found);
  if (parsed.success) return found as T;
  const { path: at, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  throw userError(where, `the module must give a ${what}`, `${at.join(".") || "default"}: ${message}`, remedy);
}

/** The paths of a folder's modules `*.KIND`, in the order of their names. */
export function modulesIn(folder: string, kind: string): string[] {
  const names = readdirSync(join(here, folder)).filter((name) => new RegExp(`\\.${kind}\\.(js|ts)$`).test(name));
  const kept = names.filter((name) => !isLeftOver(folder, name)).sort();
  return kept.map((name) => join(here, folder, name));
}
