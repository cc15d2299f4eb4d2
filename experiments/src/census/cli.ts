#!/usr/bin/env node
/**
 * @file `npm run census`: how large the house is, in sources, lines, folders, circles and exported names.
 */
import { resolve } from "node:path";
import { defineCommand, runCli } from "@sdtt/core/cli";
import { z } from "zod";
import { exportedNames } from "./exported.js";
import { growth, linesOf, projectOf, sourcesAt } from "./revision.js";
import { circles, folderSizes, importsIn, type Source, sourcesOf } from "./sources.js";

type Row = readonly (string | number)[];

const circlesIn = (files: readonly Source[]): string[][] => circles(importsIn(files.filter(({ isTest }) => !isTest)));

function countsOf(files: readonly Source[]): number[] {
  const [sources, tests] = [false, true].map((wanted) => files.filter(({ isTest }) => isTest === wanted)) as [
    Source[],
    Source[],
  ];
  return [sources.length, linesOf(sources), tests.length, linesOf(tests)];
}

/** A row a package, a row of all, and the circles by name. */
function sizes(root: string, files: readonly Source[]): Row[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found: string[][] = [];
  const rows = [...new Set(files.map(projectOf))].map((project) => {
    const mine = files.filter((file) => projectOf(file) === project);
    const folders = [...folderSizes(mine.filter(({ isTest }) => !isTest))];
    const [largest = ["", 0]] = folders.sort(([, a], [, b]) => b - a);
    const own = circlesIn(mine);
    found.push(...own);
    const names = [...exportedNames(root, project, byPath)].map(([entry, count]) => `${entry} ${count}`).join(", ");
    return [project, ...countsOf(mine), `${largest[1]} ${largest[0]}`, own.length, names];
  });
  return [...rows, ["all", ...countsOf(files), "", found.length, ""], ...found.map((group) => [group.join(" · ")])];
}

const options = z.object({
  folder: z
    .string()
    .default(".")
    .describe("the tree to count; that of another commit by `git worktree add FOLDER COMMIT`"),
  since: z.string().optional().describe("lines of source alone, without tests and fixtures, at this revision and now"),
});

const census = defineCommand({
  name: "census",
  summary: "count sources, lines, folders, circles and exported names of this tree",
  options,
  async run({ folder, since }) {
    const root = resolve(folder);
    const files = sourcesOf(root);
    const [head, rows]: [Row, Row[]] = since
      ? [["", "sources then", "now", "lines then", "now", "more or fewer"], growth(sourcesAt(root, since), files)]
      : [["", "sources", "lines", "tests", "lines", "largest folder", "circles", "names"], sizes(root, files)];
    for (const row of [head, ...rows]) process.stdout.write(`| ${row.join(" | ")} |\n`);
  },
});

process.exitCode = await runCli("census", [census], ["census", ...process.argv.slice(2)]);
