/** @file What people write down of runs: notes in all their versions, meetings that were frozen, tags. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mergeStore, noteOf, openStore, type Store } from "./index.js";
import { aRun } from "./rows.fixture.js";

let folder: string;
let path: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-notes-"));
  path = join(folder, "sdtt.sqlite");
  store = openStore(path);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it("keeps a note's week and verdict, and a note without them has none", () => {
  const note = { experiment: "e", author: "ann", text: "it helped", at: "2026-01-02T00:00:00.000Z" };
  store.addNote(note);
  store.addNote({ ...note, week: "2026-W01", verdict: "better" });
  store.addNote({ ...note, week: "2026-W01", verdict: "better" });
  expect(store.notes("e").map(({ week, verdict }) => [week, verdict])).toEqual(
    expect.arrayContaining([
      [null, null],
      ["2026-W01", "better"],
    ]),
  );
  expect(store.notes("e")).toHaveLength(2);
});

it("keeps every version of a note, each known by its note, and the same change once", () => {
  const note = { experiment: "e", author: "ann", text: "it helped", at: "2026-01-02T00:00:00.000Z" };
  store.addNote(note);
  const [first] = store.notes("e");
  const change = { ...note, author: "bo", text: "it did not", at: "2026-01-03T00:00:00.000Z", edits: first?.id };
  store.addNote(change);
  store.addNote(change);
  const second = store.notes("e").find(({ author }) => author === "bo");
  store.addNote({ ...change, text: "cannot tell", at: "2026-01-04T00:00:00.000Z", edits: second?.id });
  expect(store.notes("e").map(({ text }) => text)).toEqual(["it helped", "it did not", "cannot tell"]);
  expect(new Set(store.notes("e").map(({ id }) => noteOf(id)))).toEqual(new Set([first?.id]));
});

it("keeps what a meeting saw under its hash, once, whichever store it is merged into", () => {
  const row = { experiment: "e", week: "2026-W01", at: "2026-01-02T00:00:00.000Z", author: "ann", commit: "abc" };
  const hash = store.addMeeting(row, '{"seen":1}');
  expect(store.addMeeting(row, '{"seen":1}')).toBe(hash);
  expect(hash).toBe(createHash("sha256").update('{"seen":1}').digest("hex"));
  expect(store.meetings("e")).toEqual([{ ...row, hash }]);
  expect([store.meetingContent(hash), store.meetingContent("none")]).toEqual(['{"seen":1}', undefined]);
  const other = join(folder, "other.sqlite");
  expect(mergeStore(path, other).added).toBe(2);
  expect(mergeStore(path, other).added).toBe(0);
});

it("takes a tag away, and an older word does not bring it back", () => {
  store.startRun(aRun());
  const tag = { runId: "run-1", tag: "best", isSet: true, author: "ann", at: "2026-01-02T00:00:00.000Z" };
  store.saveTag(tag);
  expect(store.tags("run-1")).toMatchObject([{ tag: "best", author: "ann" }]);
  store.saveTag({ ...tag, isSet: false, at: "2026-01-03T00:00:00.000Z" });
  store.saveTag(tag);
  expect(store.tags()).toEqual([]);
});
