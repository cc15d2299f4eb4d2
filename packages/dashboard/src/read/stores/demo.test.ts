/** @file What `serve --demo` shows: every view has something to say, and nothing stays behind. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { assetsFolder } from "@sdtt/core/workspace";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromJson } from "../../charts/data/wire.js";
import type { AnswerTo } from "../../protocol.js";
import { createApp } from "../../server/app.js";
import { type DemoStore, makeDemo } from "./demo.js";
import { openStores, type Stores } from "./stores.js";

let demo: DemoStore;
let stores: Stores;
beforeAll(() => {
  demo = makeDemo();
  stores = openStores([demo.path]);
});
afterAll(() => stores.close());

async function ask<T>(path: string): Promise<T> {
  const response = await createApp(stores, new Map()).request(`http://localhost${path}`);
  expect([path, response.status]).toEqual([path, 200]);
  return fromJson<T>(await response.text());
}

it("is small", () => {
  for (const name of ["known.json", "demo.json"]) expect(statSync(join(assetsFolder, name)).size).toBeLessThan(500_000);
});

it("has the answer in words, samples of student and teacher with the step of each token, and training curves", async () => {
  const { answer } = await ask<AnswerTo<"/api/home">>(`/api/home?since=${demo.since}`);
  expect(answer?.head).toMatch(/^round 5 writes with 8 steps what its teacher needs 9\.75 for at the same entropy/);
  expect(answer?.isNew).toBe(true);
  for (const key of [answer?.lines[0]?.keys[0], answer?.teacher?.keys[0]]) {
    const { samples } = await ask<AnswerTo<"/api/samples">>(`/api/samples?key=${key}`);
    expect(samples).toHaveLength(6);
    for (const { text, pieces, revealSteps } of samples) {
      expect(pieces?.join("")).toBe(text);
      expect(revealSteps?.length).toBe(pieces?.length);
      expect(Math.max(...(revealSteps ?? []))).toBeLessThanOrEqual(8);
    }
  }
  const [line] = await ask<AnswerTo<"/api/train">>("/api/train?run=students/round-5");
  expect(line?.points.length).toBeGreaterThan(40);
  const { rows } = await ask<AnswerTo<"/api/leaderboard">>("/api/leaderboard");
  expect(rows.filter(({ kind }) => kind === "student")).toHaveLength(5);
  const [experiment] = await ask<AnswerTo<"/api/experiments">>("/api/experiments");
  expect(experiment).toMatchObject({ name: "embedded", question: expect.stringContaining("eight steps") });
});

it("names in a lineage the runs that trained, from the teacher to the student that is looked at and its own", async () => {
  const rounds = [1, 2, 3, 4, 5].map((round) => `students/round-${round}`);
  const lineage = async (id: string) =>
    (await ask<AnswerTo<"/api/run">>(`/api/run?id=${id}`)).lineage.map(({ runId, relation }) => `${relation} ${runId}`);
  const line = (ids: readonly string[], last: string) => [...ids.map((id) => `ancestor ${id}`), `this ${last}`];
  expect(await lineage("students/round-5")).toEqual(
    line(["teacher/round-0", ...rounds.slice(0, 4)], "students/round-5"),
  );
  expect(await lineage("students/round-2")).toEqual([
    ...line(["teacher/round-0", "students/round-1"], "students/round-2"),
    "student students/round-3",
  ]);
});

it("leaves nothing behind", () => {
  demo.remove();
  expect(existsSync(demo.path)).toBe(false);
});
