import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { codeState } from "./codeState.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "provenance-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  git("init");
  writeFileSync(join(folder, "a.ts"), "first\n");
  git("add", ".");
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "first");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a clean tree has a commit and no difference", () => {
  expect(codeState(folder)).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), dirty: false, diff: "" });
});

it("a difference holds changes and new files, so that the code can be had back", () => {
  writeFileSync(join(folder, "a.ts"), "second\n");
  writeFileSync(join(folder, "b.ts"), "new here\n");
  const { dirty, diff } = codeState(folder);
  expect(dirty).toBe(true);
  expect(diff).toContain("-first\n+second\n");
  expect(diff).toMatch(/new file b\.ts, 9 bytes, SHA-256 [0-9a-f]{64}\nnew here\n/);
});
