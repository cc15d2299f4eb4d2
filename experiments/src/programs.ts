/** @file Where the repository and its command lines are: in a checkout, and where the packages are installed. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The checkout's top; where the packages are installed, the folder that they lie in. */
export const repository: string = join(import.meta.dirname, "..", "..");

const isCheckout = existsSync(join(repository, "tsconfig.json"));

const { resolve } = createRequire(import.meta.url);

function cliOf(name: "core" | "distill" | "eval"): string {
  const folder = isCheckout ? join(repository, "packages", name, "dist") : dirname(resolve(`@sdtt/${name}`));
  return join(folder, "cli.js");
}

export const programs = {
  core: cliOf("core"),
  distill: cliOf("distill"),
  eval: cliOf("eval"),
  experiments: join(import.meta.dirname, "..", "dist", "cli.js"),
} as const;

/** For what may be deleted; beside the packages, where no other user can put anything. */
export const cacheFolder: string = join(repository, isCheckout ? "node_modules" : "..", ".cache");
