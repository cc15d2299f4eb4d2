import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunRecord } from "@sdtt/core/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { codeState } from "./provenance.js";
import { commandAgain, comparison } from "./reproduceCommand.js";

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

const run = (changes: Partial<RunRecord>) => ({ stage: "round", round: 2, config: {}, ...changes }) as RunRecord;

it("a run is made again with its own options in another place", () => {
  const config = { name: "mine", updates: 3, lr: 1e-3, root: "old", data: "old/data", until: 2, evaluate: true };
  const { program, args } = commandAgain(run({ config }), "new");
  expect([program, args[0]]).toEqual(["distill", "round"]);
  for (const flag of ["--name=mine", "--updates=3", "--lr=0.001", "--root=new", "--until=2", "--no-evaluate"]) {
    expect(args).toContain(flag);
  }
  expect(args.join(" ")).not.toContain("old");
  expect(() => commandAgain(run({ stage: "prepare", command: "distill prepare" }), "new")).toThrow("can be made again");
});

it("two runs are the same when their last weights are, and not when one is missing", () => {
  const checkpoint = (update: number, hash: string) => ({ weights: "raw", update, hash });
  const recorded = (...checkpoints: ReturnType<typeof checkpoint>[]) => ({
    run: run({}),
    evaluations: [],
    checkpoints,
  });
  const before = recorded(checkpoint(1, "a"), checkpoint(2, "b"));
  expect(comparison(before, recorded(checkpoint(2, "b"))).same).toBe(true);
  expect(comparison(before, recorded(checkpoint(2, "c"))).lines).toEqual([
    ["raw weights at update 2", "b", "c", "DIFFERENT"],
  ]);
  expect(comparison(before, recorded()).same).toBe(false);
});
