/**
 * @file The names that a package gives to others, by entry, read off the text.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Source, target } from "./sources.js";

const declared =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;
const listed = /^export (?:type )?\{([^}]*)\}/gm;
const all = /^export (?:type )?\* from "([^"]+)"/gm;

/** The names that `path` exports, its own and those that it passes on. */
export function namesOf(path: string, sources: ReadonlyMap<string, Source>): Set<string> {
  const text = sources.get(path)?.text ?? "";
  const own = [...text.matchAll(declared)].map(([, name]) => name ?? "");
  const passed = [...text.matchAll(listed)].flatMap(([, list = ""]) =>
    list.split(",").map(
      (item) =>
        item
          .replace(/\/\/.*/g, "")
          .trim()
          .split(/\s+/)
          .at(-1) ?? "",
    ),
  );
  const others = [...text.matchAll(all)].flatMap(([, specifier = ""]) => {
    const next = target(path, specifier, sources);
    return next ? [...namesOf(next, sources)] : [];
  });
  return new Set([...own, ...passed, ...others].filter((name) => name !== ""));
}

/** For each entry of a project, how many names it exports. */
export function exportedNames(
  root: string,
  project: string,
  sources: ReadonlyMap<string, Source>,
): Map<string, number> {
  const path = join(root, project, "package.json");
  if (!existsSync(path)) return new Map();
  const { name, exports = {} } = JSON.parse(readFileSync(path, "utf8"));
  const entries = Object.entries<Record<string, string>>(exports).filter(([entry]) => entry !== "./package.json");
  return new Map(
    entries.map(([entry, { default: built = "" }]) => [
      `${name}${entry.slice(1)}`,
      namesOf(built.replace("./dist/", `${project}/src/`).replace(/\.js$/, ".ts"), sources).size,
    ]),
  );
}
