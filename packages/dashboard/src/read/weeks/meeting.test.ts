/** @file The weekly meeting: what changed, what is kept of it when it is frozen, and that nothing takes that away. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import type { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromJson, toJson } from "../../charts/data/wire.js";
import { createApp } from "../../server/app.js";
import { postTo } from "../../server/session.fixture.js";
import { fillMade, type Making } from "../made.fixture.js";
import { openStores, type Stores } from "../stores/stores.js";
import { frozenContent } from "./frozen.js";
import { meetingOf, proposedVerdict } from "./meeting.js";
import type { Meeting } from "./seen.js";
import { weekOf } from "./week.js";

let folder: string;
let path: string;
let stores: Stores;
let app: Hono;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-meeting-"));
  path = join(folder, "sdtt.sqlite");
  fill({ student: 141.4, seeds: [1, 2, 3], createdAt: "2026-01-07T12:00:00.000Z" });
  stores = openStores([path]);
  app = createApp(stores, new Map());
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

function fill(making: Making): void {
  const store = openStore(path);
  fillMade(store, making);
  store.close();
}

const at = (week: string) => meetingOf(stores.reader, stores.sweeps, "made", week);
const soon = weekOf(new Date(Date.now() + 7 * 86_400_000));

async function freeze(week: string): Promise<string> {
  const answer = await postTo(app, "/api/meetings", { experiment: "made", week, author: "ann" });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { hash: string }).hash;
}

async function shown(hash: string): Promise<Meeting> {
  const answer = await app.request(`http://localhost/api/meeting?experiment=made&frozen=${hash}`);
  return fromJson(await answer.text());
}

describe("a week's difference", () => {
  it("is of students that are new in it, with their verdict; before its first figure there is none", () => {
    expect(at("2026-W01")).toMatchObject({ answer: null, proposed: null, difference: { changes: [] } });
    const { changes, moved, same } = at("2026-W02").difference;
    expect(changes).toMatchObject([
      { label: "round 1", steps: 8, kind: "new", before: "", verdict: "cannot tell" },
      { label: "round 1", steps: 16, kind: "new", before: "", verdict: "cannot tell" },
    ]);
    expect([moved, same]).toEqual([0, 0]);
    expect(at("2026-W03").difference).toEqual({ changes: [], moved: 0, same: 2 });
  });

  it("says a verdict that changed, from what to what, and proposes one", () => {
    fill({ student: 60, seeds: [4, 5, 6], createdAt: "2026-01-14T12:00:00.000Z", round: 2 });
    const meeting = at("2026-W03");
    expect(meeting.difference.changes).toMatchObject([
      { label: "round 2", kind: "new", now: expect.stringMatching(/^2\.\d+ \[.*\] better$/), verdict: "better" },
      { label: "round 2", kind: "new", verdict: "better" },
    ]);
    expect(meeting.proposed).toBe("better");
    expect(meeting).toMatchObject({ counts: { runs: 3, evaluations: 18 }, before: null });
    expect(at("2026-W02").proposed).toBe("inconclusive");
  });

  it("proposes nothing where nothing could be compared, and what cannot be told for lines that contradict each other", () => {
    const of = (...verdicts: ("better" | "worse" | "cannot tell" | null)[]) =>
      proposedVerdict(verdicts.map((verdict) => ({ verdict, seeds: 3 })));
    expect(of(null)).toBeNull();
    expect(of("better", "worse")).toBe("inconclusive");
    expect(of("worse", "cannot tell")).toBe("worse");
    expect(proposedVerdict([{ verdict: "better", seeds: 1 }])).toBe("inconclusive");
  });

  it("lists every week with what happened in it, the newest first", () => {
    const store = openStore(path);
    store.addNote({ experiment: "made", author: "ann", text: "no", week: "2026-W02", verdict: "no-change" });
    const [run] = store.runs();
    store.startRun({ ...(run as NonNullable<typeof run>), id: "broken", startedAt: "2026-01-21T00:00:00.000Z" });
    store.addEvent({ runId: "broken", kind: "error", message: "out of memory" });
    store.finishRun("broken", "failed", "2026-01-21T01:00:00.000Z");
    store.close();
    expect(at("2026-W04").weeks).toMatchObject([
      { week: "2026-W04", runs: 1, failures: 1, evaluations: 0, verdict: null },
      { week: "2026-W02", runs: 3, failures: 0, evaluations: 18, notes: 1, verdict: "no-change" },
    ]);
    expect(at("2026-W04").failures).toMatchObject([{ id: "broken", why: "out of memory" }]);
  });
});

describe("a frozen meeting", () => {
  it("is what was seen to the last digit, whatever is measured again, added or written down later", async () => {
    const store = openStore(path);
    const [row] = store.evaluations({ experiment: "made", round: 1, steps: 16 });
    if (!row) throw new Error("no row");
    store.saveEvaluation({ ...row, seed: 9, subjectHash: "nan", value: Number.NaN, stderr: null, entropy: null });
    store.close();
    const before = at("2026-W02");
    const hash = await freeze("2026-W02");
    const later = openStore(path);
    later.saveEvaluation({ ...row, value: 1, entropy: 1 });
    later.addNote({ experiment: "made", author: "bob", text: "later", week: "2026-W02" });
    later.close();
    fill({ student: 60, seeds: [4], createdAt: "2026-01-08T12:00:00.000Z" });
    const { frozen, ...seen } = await shown(hash);
    expect(seen).toEqual(fromJson(toJson({ ...before, frozen: undefined })));
    expect(frozen).toMatchObject({ hash, week: "2026-W02", author: "ann", isWhole: true });
    expect(at("2026-W02").difference).not.toEqual(before.difference);
  });

  it("keeps every evaluation behind it, with the hashes of weights and judge and the commit that made it", async () => {
    const hash = await freeze("2026-W02");
    const { evaluations, runs, meeting, seen } = frozenContent(stores.reader, "made", hash);
    expect(evaluations).toEqual(stores.reader.evaluations({ experiment: "made" }));
    expect(runs.map(({ id, commit, configHash }) => [id, commit, configHash])).toEqual(
      ["r1", "r2", "r3"].map((id) => [id, "0123456789abcdef", "c"]),
    );
    expect(meeting.commit).toMatch(/^([0-9a-f]{40}|unknown)( \(dirty\))?$/);
    const keys = new Set(evaluations.map(({ key }) => key));
    expect(
      seen.curve.series.flatMap(({ points }) => points.flatMap((point) => point.keys)).every((key) => keys.has(key)),
    ).toBe(true);
  });

  it("is what the next meeting is held against, not what the same figures say today", async () => {
    const hash = await freeze("2026-W02");
    const store = openStore(path);
    for (const row of store.evaluations({ experiment: "made", round: 1 }))
      store.saveEvaluation({ ...row, value: row.value / 3, stderr: (row.stderr ?? 0) / 3 });
    store.close();
    const next = at(soon);
    expect(next.before).toMatchObject({ hash, week: "2026-W02" });
    expect(next.difference.changes).toMatchObject([
      { kind: "verdict", before: expect.stringMatching(/cannot tell$/), now: expect.stringMatching(/better$/) },
      { kind: "verdict" },
    ]);
  });

  it("says so where its content was changed afterwards", async () => {
    const hash = await freeze("2026-W02");
    stores.close();
    // The last writer to close leaves everything in the file itself.
    openStore(path).close();
    const bytes = readFileSync(path, "latin1");
    writeFileSync(path, bytes.replaceAll('"verdict":"cannot tell"', '"verdict":"cannot sell"'), "latin1");
    stores = openStores([path]);
    app = createApp(stores, new Map());
    expect((await shown(hash)).frozen).toMatchObject({ hash, isWhole: false });
  });

  it("is only written by this page itself, of a week and an experiment that there are", async () => {
    const body = { experiment: "made", week: "2026-W02", author: "ann" };
    const status = async (change: object, headers = {}) =>
      (await postTo(app, "/api/meetings", { ...body, ...change }, headers)).status;
    expect(await status({}, { origin: "http://evil.example" })).toBe(403);
    expect(await status({}, { "x-sdtt-key": undefined })).toBe(403);
    for (const change of [{ experiment: "none" }, { week: "2026-W99" }, { author: " " }, { text: "more" }])
      expect(await status(change)).toBe(400);
    expect(stores.reader.meetings("made")).toEqual([]);
    const unknown = await app.request("http://localhost/api/meeting?experiment=made&frozen=none");
    expect(await unknown.text()).toMatch(/must be one that was frozen for made, got none/);
  });
});
