/**
 * @file Reads a spec: a TypeScript file whose default export is `defineExperiment({…})`.
 *
 * jiti runs TypeScript without a build. The spec sees `@sdtt/experiments` as the program has it, wherever the file lies.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError, userError } from "@sdtt/core/base";
import { createJiti } from "jiti";
import { cacheFolder } from "../programs.js";
import type { Experiment, Spec } from "./define.js";
import * as define from "./define.js";
import { checkDefinition, type Definition } from "./definition.js";

export interface LoadedSpec {
  readonly text: string;
  readonly definition: Definition;
}

/** Throws   UserError when the file is absent, is no TypeScript, or defines nothing that can be run */
export async function loadSpec(file: string, context: { readonly size: string }): Promise<LoadedSpec> {
  const path = resolve(file);
  const where = `spec ${file}`;
  if (!path.endsWith(".experiment.ts")) {
    const rule = "a spec must be a TypeScript file named *.experiment.ts";
    throw userError(where, rule, basename(path), "Rename it, or see experiments/ for examples (flag --spec).");
  }
  if (!existsSync(path)) throw userError(where, "the spec must exist", "no such file", "Check the path (flag --spec).");
  const found = await exportOf(where, path);
  const experiment =
    typeof found === "function" ? evaluated(where, found as Extract<Spec, () => unknown>, context) : found;
  return { text: readFileSync(path, "utf8"), definition: checkDefinition(where, experiment) };
}

async function exportOf(where: string, path: string): Promise<unknown> {
  const virtualModules = { "@sdtt/experiments": define };
  const jiti = createJiti(pathToFileURL(path).href, {
    virtualModules,
    // By content.
    fsCache: join(cacheFolder, "specs"),
    moduleCache: false,
    interopDefault: false,
  });
  try {
    const found = await jiti.import<{ default?: unknown }>(path);
    if (found.default !== undefined) return found.default;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = firstLine(cause);
    throw userError(where, "the spec must be TypeScript that can be run", reason, "Mend it there.", cause);
  }
  const remedy = "Write `export default defineExperiment({ … })`.";
  throw userError(where, "the spec must have a default export", "none", remedy);
}

function evaluated(where: string, spec: (context: { size: string }) => Experiment, context: { readonly size: string }) {
  try {
    return spec(context);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw userError(where, "the definition must be one that can be made", firstLine(cause), "Mend it there.", cause);
  }
}

const firstLine = (error: unknown): string => String((error as Error)?.message ?? error).split("\n")[0] as string;
