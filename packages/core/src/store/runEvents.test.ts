import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import type { CodeState } from "../workspace/codeState.js";
import { aRun } from "./fixture.js";
import { openStore, type Store } from "./index.js";
import { noteCode, noteFailure } from "./runEvents.js";

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "events-"));
  store = openStore(join(folder, "sdtt.sqlite"));
  store.startRun(aRun({ id: "a" }));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const state: CodeState = { commit: "c", dirty: true, diff: "+x\n", others: "a.txt, 1 bytes\n", leftOut: ["b"] };

it("a run keeps how its code differed from the commit, what else was there, and nothing where there is nothing", () => {
  noteCode(store, "a", { ...state, diff: "", others: "", leftOut: [] });
  expect(store.events("a")).toEqual([]);
  noteCode(store, "a", state);
  const hash = createHash("sha256").update("+x\n").digest("hex");
  expect(store.events("a").map(({ kind, data }) => [kind, data])).toEqual([
    ["code", { hash, patch: "+x\n", others: "a.txt, 1 bytes\n", leftOut: ["b"] }],
  ]);
});

it("a reason that names a secret is kept without it", () => {
  const token = `hf_${"Ab3".repeat(11)}`;
  noteFailure(store, "a", new Error(`401 for Bearer ${token}`));
  expect(store.events("a")[0]?.message).toBe("401 for Bearer [left out: looks like a secret]");
});

it("a failed run keeps its reason", () => {
  noteFailure(store, "a", new UserError("data: the text must be there, got none. Give it."));
  noteFailure(store, "a", "odd");
  const told = store.events("a").map(({ kind, message }) => [kind, message]);
  expect(told.sort()).toEqual([
    ["error", "data: the text must be there, got none. Give it."],
    ["error", "odd"],
  ]);
});

it("a reason that cannot be kept does not hide the failure", () => {
  store.close();
  expect(() => noteFailure(store, "a", new Error("the disk is full"))).not.toThrow();
  store = openStore(join(folder, "sdtt.sqlite"));
  expect(store.events("a")).toEqual([]);
});
