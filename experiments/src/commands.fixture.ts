/**
 * @file Every command of every package, from the modules that its command line imports; for tests that look at all.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "@sdtt/core/cli";
import ts from "typescript";
import { z } from "zod";
import { repository } from "./programs.js";

/** Where each program is. */
export const folders = {
  core: "packages/core",
  distill: "packages/distill",
  eval: "packages/eval",
  dashboard: "packages/dashboard",
  experiments: "experiments",
} as const;

export type Program = keyof typeof folders;

export const programNames = Object.keys(folders) as Program[];

export async function commandsOf(program: Program): Promise<readonly Command[]> {
  const src = join(repository, folders[program], "src");
  const file = ["program.ts", "cli.ts"].map((name) => join(src, name)).find(existsSync) as string;
  const imported = ts.preProcessFile(readFileSync(file, "utf8")).importedFiles.map(({ fileName }) => fileName);
  const own = imported.filter((specifier) => specifier.startsWith("."));
  const modules = await Promise.all(own.map((path) => import(join(dirname(file), path.replace(/\.js$/, ".ts")))));
  const exported = new Set(modules.flatMap((module) => Object.values(module).flat()));
  return [...exported].filter((value): value is Command => (value as Command)?.options instanceof z.ZodObject);
}
