import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { isRecentNode, minimumNode } from "./node.js";

it.each(["20.19.0", "20.20.2", "21.0.0", "22.14.0", "24.21.0"])("Node %s is recent enough", (version) => {
  expect(isRecentNode(version)).toBe(true);
});

it.each(["12.22.12", "18.20.4", "20.9.0", "20.10.0", "20.18.3"])("Node %s is too old", (version) => {
  expect(isRecentNode(version)).toBe(false);
});

it("the version asked for is the one that package.json promises", () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../package.json"), "utf8"));
  expect(engines.node).toBe(`>=${minimumNode.join(".")}`);
});

it("the check imports nothing, and programs import nothing before it: an old Node fails while it links", () => {
  const importsOf = (path: string) =>
    ts.preProcessFile(readFileSync(join(import.meta.dirname, path), "utf8")).importedFiles.map((file) => file.fileName);
  expect(importsOf("node.ts")).toEqual([]);
  expect(importsOf("../cli.ts")).toEqual(["./base/node.js", "./program.js"]);
  for (const folder of ["../../../distill", "../../../eval", "../../../dashboard", "../../../../experiments"]) {
    const path = `${folder}/src/cli.ts`;
    expect(importsOf(path), path).toEqual(["@sdtt/core/node", "./program.js"]);
    expect(readFileSync(join(import.meta.dirname, path), "utf8")).toMatch(/\(\) => import\("\.\/program\.js"\)/);
  }
});
