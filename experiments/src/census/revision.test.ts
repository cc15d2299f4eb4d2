import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { growth, sourcesAt } from "./revision.js";
import { sourcesOf } from "./sources.js";

const root = mkdtempSync(join(tmpdir(), "census test-"));
afterAll(() => rmSync(root, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: root, encoding: "utf8" });

function write(path: string, lines: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "x;\n".repeat(lines));
}

it("counts lines of source by package at a revision and now, and none of tests and fixtures", () => {
  git("init", "--quiet");
  write("packages/core/src/a.ts", 5);
  write("packages/core/src/a.test.ts", 100);
  write("experiments/src/b.ts", 7);
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  write("packages/core/src/a.ts", 2);
  write("packages/core/src/c.fixture.ts", 100);
  write("packages/eval/src/deep/d.tsx", 1);
  expect(growth(sourcesAt(root, "HEAD"), sourcesOf(root))).toEqual([
    ["experiments", 1, 1, 7, 7, 0],
    ["packages/core", 1, 1, 5, 2, -3],
    ["packages/eval", 0, 1, 0, 1, 1],
    ["all", 2, 3, 12, 10, -2],
  ]);
});

it("says which revision git does not know", () => {
  expect(() => sourcesAt(root, "nowhere")).toThrow(
    "census: --since must be a revision of this checkout, got nowhere. See `git log`.",
  );
});
