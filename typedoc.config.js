/**
 * @file Pages of all that the packages offer, from their docstrings: `npm run docs:api` writes them to docs/api.
 */
import { readFileSync } from "node:fs";
import { OptionDefaults } from "typedoc";

const entriesOf = (folder) =>
  Object.values(JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), "utf8")).exports).flatMap(
    (entry) => (entry["@sdtt/source"] ? [`${folder}/${entry["@sdtt/source"].slice(2)}`] : []),
  );

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "SDTT",
  entryPoints: ["packages/core", "packages/distill", "packages/eval", "packages/dashboard", "experiments"].flatMap(
    entriesOf,
  ),
  tsconfig: "tsconfig.api.json",
  out: "docs/api",
  readme: "docs/extending.md",
  blockTags: [...OptionDefaults.blockTags, "@file"],
  excludeInternal: true,
  validation: { notExported: false },
  skipErrorChecking: true,
};
