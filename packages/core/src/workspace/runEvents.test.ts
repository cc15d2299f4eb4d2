import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { aRun } from "../store/fixture.js";
import { openStore, type Store } from "../store/index.js";
import { codeState } from "./codeState.js";
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

it("a run keeps how its code differed from the commit, and nothing where it did not", () => {
  const state = codeState();
  noteCode(store, "a", state);
  const { diff } = state;
  const patches = store.events("a").map(({ kind, data }) => [kind, data?.patch]);
  expect(patches).toEqual(diff === "" ? [] : [["code", diff.slice(0, 2 ** 18)]]);
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
