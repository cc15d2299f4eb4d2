/** @file The blind test: what is shown before a vote, what is counted of it, and its door. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { preferredText } from "../charts/data/preferred.js";
import { reportHtml } from "../report/report.js";
import { seedStore } from "../seed.fixture.js";
import { createApp } from "../server/app.js";
import { type Headers, postTo } from "../server/session.fixture.js";
import { blindOf, blindResults, sideOfA } from "./blind.js";
import { openStores, type Stores } from "./stores/stores.js";

let folder: string;
let stores: Stores;
let app: Hono;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-blind-"));
  const path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  stores = openStores([path]);
  app = createApp(stores, new Map());
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

const asked = (author: string) => blindOf(stores.reader, { experiment: "demo", a: undefined, b: undefined, author });

const vote = async (body: object, headers?: Headers): Promise<number> =>
  (await postTo(app, "/api/votes", body, headers)).status;

/** Votes for the student in all pairs, or for its teacher. */
async function voteAll(author: string, isForStudent: boolean): Promise<void> {
  const { a, b, pairs } = asked(author);
  for (const { index } of pairs) {
    const side = sideOfA(a, b, index, author);
    const choice = (side === "left") === isForStudent ? "left" : "right";
    expect(await vote({ a, b, index, author, choice })).toBe(201);
  }
}

describe("a blind test", () => {
  it("shows the newest student beside its teacher without saying whose, sides and order drawn for each person", () => {
    const { a, b, pairs, result } = asked("ann");
    expect([stores.reader.evaluation(a), stores.reader.evaluation(b)]).toMatchObject([
      { round: 2, steps: 8 },
      { round: 0, steps: 8 },
    ]);
    expect(result).toBeNull();
    expect(pairs.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    expect(asked("ann").pairs).toEqual(pairs);
    for (const { index, left, right } of pairs) {
      const student = sideOfA(a, b, index, "ann") === "left" ? left : right;
      expect(student).toBe(stores.reader.samples(a)[index]?.text);
    }
    const people = Array.from({ length: 200 }, (_, i) => `person ${i}`);
    const lefts = people.filter((person) => sideOfA(a, b, 0, person) === "left").length;
    expect(Math.abs(lefts - 100)).toBeLessThan(40);
    expect(
      new Set(
        people.slice(0, 20).map((person) =>
          asked(person)
            .pairs.map(({ index }) => index)
            .join(),
        ),
      ).size,
    ).toBeGreaterThan(2);
  });

  it("says whose they were once all is voted, with the exact interval and how far people agree", async () => {
    await voteAll("ann", true);
    const { result } = asked("ann");
    expect(result).toMatchObject({
      names: ["round 2, 8 steps", "demo, 8 steps"],
      votes: { a: 3, b: 0, tie: 0 },
      people: 1,
    });
    expect(result?.share?.low).toBeCloseTo(0.025 ** (1 / 3), 6);
    expect(asked("bob").result).toBeNull();
    await voteAll("bob", false);
    const [both] = blindResults(stores.reader, "demo");
    expect(both).toMatchObject({ votes: { a: 3, b: 3 }, people: 2, agreement: { same: 0, of: 3 } });
    expect(preferredText(both as NonNullable<typeof both>)).toBe(
      "round 2, 8 steps was preferred to demo, 8 steps in 3 of 6 votes: 50.0 % [11.8, 88.2], exact binomial interval, not told apart from a coin; 2 people; people agree in 0 of 3 cases.",
    );
    expect(reportHtml(stores.reader, { experiment: "demo" })).toContain("Human preference, blind");
  });

  it("counts a person's last vote on a pair, and keeps name and time of each", async () => {
    const { a, b } = asked("ann");
    for (const choice of ["left", "tie"]) expect(await vote({ a, b, index: 0, author: "ann", choice })).toBe(201);
    expect(blindResults(stores.reader, "demo")).toMatchObject([{ votes: { a: 0, b: 0, tie: 1 }, share: null }]);
    const kept = stores.reader.events("demo").filter(({ kind }) => kind === "vote");
    expect(kept).toHaveLength(2);
    expect(kept[0]).toMatchObject({ data: { author: "ann", index: 0 }, at: expect.stringMatching(/^20\d\d-/) });
  });

  it("is closed to other pages, and takes no vote on what is not there", async () => {
    const { a, b } = asked("ann");
    const good = { a, b, index: 0, author: "ann", choice: "left" };
    expect(await vote(good, { origin: "http://evil.example" })).toBe(403);
    expect(await vote(good, { "x-sdtt-key": "wrong" })).toBe(403);
    for (const change of [{ a: "none" }, { index: 3 }, { index: -1 }, { author: " " }, { choice: "a" }, { extra: 1 }]) {
      expect([change, await vote({ ...good, ...change })]).toEqual([change, 400]);
    }
    expect(blindResults(stores.reader, "demo")).toEqual([]);
    expect(() => blindOf(stores.reader, { experiment: "odd", a: undefined, b: undefined, author: "" })).toThrow(
      /there must be a student beside its teacher, got odd/,
    );
  });
});
