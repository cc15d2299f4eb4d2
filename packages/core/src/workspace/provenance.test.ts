import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commitOf } from "./commit.js";
import { configHash, machineOf } from "./provenance.js";

const emptyFolder = (): string => mkdtempSync(join(tmpdir(), "provenance-"));

it("names the commit, and says whether files differ from it", () => {
  const folder = emptyFolder();
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  git("init", "--quiet");
  git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "--message=first");
  expect(commitOf(folder)).toEqual({ commit: git("rev-parse", "HEAD"), dirty: false });
  writeFileSync(join(folder, "new.ts"), "");
  expect(commitOf(folder).dirty).toBe(true);
});

it("calls the commit unknown outside git", () => {
  expect(commitOf(emptyFolder())).toEqual({ commit: "unknown", dirty: true });
});

it("describes the machine on one line", () => {
  expect(machineOf()).toMatch(/^[^\n]+, \d+ cores, \d+ GiB, node \d+\.\d+\.\d+$/);
});

it("hashes equal configurations alike, whatever the order of their keys", () => {
  expect(configHash({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(configHash({ b: { c: [1, 2] }, a: 1 }));
  expect(configHash({ a: 1 })).toBe("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
});

it("hashes different configurations differently", () => {
  const hashes = [{ a: 1 }, { a: "1" }, { a: [1] }, { a: null }, [1], { a: [2, 1] }, { a: [1, 2] }].map(configHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

it("refuses numbers that JSON cannot hold", () => {
  expect(() => configHash({ lr: Number.NaN })).toThrow("a number must be finite, got NaN");
});
