/**
 * @file How large the house is: sources, lines, folders, circles, exported names.
 *
 *   npm run census -- [FOLDER]      this tree, or another commit's (git worktree add FOLDER COMMIT)
 */
import { resolve } from "node:path";
import { exportedNames } from "./exported.js";
import { circles, folderSizes, importsIn, type Source, sourcesOf } from "./sources.js";

const root = resolve(process.argv[2] ?? ".");
const files = sourcesOf(root);
const lines = (of: readonly Source[]) => of.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
const projects = [...new Set(files.map(({ path }) => path.slice(0, path.indexOf("/src/"))))];
const byPath = new Map(files.map((file) => [file.path, file]));

const rows: (string | number)[][] = [["", "sources", "lines", "tests", "lines", "largest folder", "circles", "names"]];
const totals = [0, 0, 0, 0, 0, 0];
for (const project of projects) {
  const mine = files.filter(({ path }) => path.startsWith(`${project}/`));
  const sources = mine.filter(({ isTest }) => !isTest);
  const tests = mine.filter(({ isTest }) => isTest);
  const [largest = ["", 0]] = [...folderSizes(sources)].sort(([, a], [, b]) => b - a);
  const found = circles(importsIn(sources)).length;
  const names = [...exportedNames(root, project, byPath)].map(([entry, count]) => `${entry} ${count}`).join(", ");
  const counts = [sources.length, lines(sources), tests.length, lines(tests)];
  rows.push([project, ...counts, `${largest[1]} ${largest[0]}`, found, names]);
  [...counts, 0, found].forEach((count, at) => {
    totals[at] = (totals[at] ?? 0) + count;
  });
}
rows.push(["all", ...totals.slice(0, 4), "", totals[5] ?? 0, ""]);
for (const row of rows) process.stdout.write(`| ${row.join(" | ")} |\n`);

for (const group of projects.flatMap((project) =>
  circles(importsIn(files.filter(({ path, isTest }) => !isTest && path.startsWith(`${project}/`)))),
)) {
  process.stdout.write(`circle: ${group.join(" · ")}\n`);
}
