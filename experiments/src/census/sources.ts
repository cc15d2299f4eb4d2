/**
 * @file The sources of a tree and what imports what, read off the text: a tree of any commit, built or not.
 *
 * Imports that are types alone count as others do: they tie files just as much for whoever reads them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Source {
  /** Relative to the tree, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

const projectsOf = (root: string): string[] => [
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
  "experiments",
];

/** All sources below `root`, tests and fixtures among them. */
export function sourcesOf(root: string): Source[] {
  return projectsOf(root).flatMap((project) => {
    const src = join(root, project, "src");
    const names = existsSync(src) ? readdirSync(src, { recursive: true, encoding: "utf8" }).sort() : [];
    const sources = names.filter((name) => /(?<!\.d)\.tsx?$/.test(name));
    return sources.map((name) => ({
      path: `${project}/src/${name.replaceAll("\\", "/")}`,
      text: readFileSync(join(src, name), "utf8"),
      isTest: /\.(test|fixture)\.tsx?$/.test(name),
    }));
  });
}

/** The file of `sources` that a relative specifier in `path` means. */
export function target(path: string, specifier: string, sources: ReadonlyMap<string, Source>): string | undefined {
  const stem = join(dirname(path), specifier).replaceAll("\\", "/").replace(/\.js$/, "");
  return [`${stem}.ts`, `${stem}.tsx`, stem].find((name) => sources.has(name));
}

/** What each file imports of its own package. */
export function importsIn(files: readonly Source[]): Map<string, string[]> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const specifiers = (text: string) =>
    [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, name]) => name);
  return new Map(
    files.map(({ path, text }) => [
      path,
      [...new Set(specifiers(text).flatMap((name) => target(path, name ?? "", byPath) ?? []))],
    ]),
  );
}

/** The groups of files that import each other in a circle: strongly connected components of more than one (Tarjan). */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (name: string): number => {
    const mine = order.size;
    order.set(name, mine);
    open.push(name);
    let low = mine;
    for (const next of graph.get(name) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    lowest.set(name, low);
    if (low === mine) found.push(open.splice(open.indexOf(name)));
    return low;
  };
  for (const name of graph.keys()) if (!order.has(name)) visit(name);
  return found.filter((group) => group.length > 1).map((group) => group.sort());
}

/** How many sources lie beside each other in each folder. */
export function folderSizes(files: readonly Source[]): Map<string, number> {
  const folders = files.map(({ path }) => dirname(path));
  return new Map([...new Set(folders)].map((name) => [name, folders.filter((folder) => folder === name).length]));
}
