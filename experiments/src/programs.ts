/** @file Where the repository and its command lines are. */
import { join } from "node:path";

export const repository: string = join(import.meta.dirname, "..", "..");

export const programs = {
  core: join(repository, "packages", "core", "dist", "cli.js"),
  distill: join(repository, "packages", "distill", "dist", "cli.js"),
  eval: join(repository, "packages", "eval", "dist", "cli.js"),
  experiments: join(repository, "experiments", "dist", "cli.js"),
} as const;
