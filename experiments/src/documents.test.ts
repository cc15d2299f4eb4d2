/**
 * @file The documents lead somewhere: every link to a file of the repository, and every source file that they name, is there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).split("\n");
const documents = listed.filter((path) => path.endsWith(".md") && existsSync(join(root, path)));

/** `[text](path)` of this repository, without what follows a #. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => (target as string).split("#")[0] as string)
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));

/** Source files in backquotes, whole or by their last folders, as in `diffusion/schedule.ts`. */
const sourcesOf = (text: string): string[] =>
  [...text.matchAll(/`(?:(?:core|distill|eval|dashboard|experiments): )?([\w./-]+\.tsx?)`/g)].map(
    ([, path]) => path as string,
  );

const isSource = (path: string): boolean => listed.some((file) => file === path || file.endsWith(`/${path}`));

describe("documents", () => {
  it("are found", () => expect(documents.length).toBeGreaterThan(10));

  it.each(documents)("%s links to files that are there", (path) => {
    const broken = linksOf(readFileSync(join(root, path), "utf8")).filter(
      (target) => !existsSync(join(root, dirname(path), decodeURI(target))),
    );
    expect(broken).toEqual([]);
  });

  it.each(documents.filter((path) => path !== "CHANGELOG.md"))("%s names source files that are there", (path) => {
    expect(sourcesOf(readFileSync(join(root, path), "utf8")).filter((name) => !isSource(name))).toEqual([]);
  });

  it("whose links or names lead nowhere are seen", () => {
    expect(linksOf("[a](gone.md#x) [b](https://example.org) [c](#here)")).toEqual(["gone.md"]);
    expect(sourcesOf("`core: diffusion/gone.ts` and `x`").filter((name) => !isSource(name))).toEqual([
      "diffusion/gone.ts",
    ]);
  });
});
