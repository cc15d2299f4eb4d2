/** @file What a bundle of the programs must keep in its place: modules that find others by where they lie. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./programs.js";

/** Chunks by name, as vite's `codeSplitting.groups`. */
export const placedGroups = [
  { name: "experiments/dist/programs", test: /experiments\/src\/programs/ },
  { name: "packages/core/dist/workspace/places", test: /core\/src\/workspace\/(assets|provenance|codeState)\.ts/ },
  { name: "packages/core/dist/store", test: /core\/src\/store\/migrate\.ts/ },
  { name: "packages/eval/dist/metrics/modules", test: /eval\/src\/metrics\/modules\.ts/ },
];

/** Metrics and sets are found by the folders that they lie in: each is a module of its own in a bundle too. */
export function placedModules(): [string, string][] {
  const metrics = "packages/eval/src/metrics";
  return readdirSync(join(repository, metrics), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(metric|set)\.ts$/.test(name))
    .map((name) => [`packages/eval/dist/metrics/${name.slice(0, -3)}`, join(repository, metrics, name)]);
}
