import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../generate/drawn.js";
import { hostile, seedStore } from "../seed.fixture.js";
import { type Opened, openPage, overflow, visit, whyNot } from "./chromium.fixture.js";

const names = {
  "of 10 000 characters": "a".repeat(10_000),
  "that is a script": hostile,
  "written from right to left": "\u202eتجربة \u0007 شيء",
  "that breaks out of an attribute": '"><img src=x onerror="document.title=1">',
};

/** One experiment for each name, with seeds that are not the same at each step count, NaN, infinity and one point. */
function awkwardStores(folder: string): string[] {
  const path = join(folder, "awkward.sqlite");
  const store = seedStore(path);
  const [run] = store.runs();
  const [first] = store.evaluations({ experiment: "demo", round: 1, steps: 4 });
  if (run === undefined || first === undefined) throw new Error("the fixture is empty");
  for (const name of Object.values(names)) {
    store.saveExperiment({ name, question: name });
    store.startRun({
      ...run,
      id: name,
      name,
      experiment: name,
      stage: "round",
      config: { [name.slice(0, 200)]: name },
    });
    const row = { ...first, runId: name, subjectHash: name, definition: "gen-ppl@1" };
    for (const seed of [1, 2, 3]) store.saveEvaluation({ ...row, seed, steps: 4, value: seed * 100 });
    store.saveEvaluation({ ...row, steps: 8, value: Number.NaN }, [{ index: 0, seed: 1, text: name }]);
    store.saveEvaluation({ ...row, steps: 16, value: Number.POSITIVE_INFINITY, stderr: null });
    store.saveEvaluation({ ...row, round: 2, subjectHash: `${name} 2`, steps: 32, value: 7, stderr: null });
    store.addTrainPoints(name, [{ update: 1, loss: Number.NaN, learningRate: 1, gradNorm: 1, tokens: 1, wallMs: 1 }]);
    store.addNote({ experiment: name, author: name.slice(0, 100), text: name, verdict: "broken" });
  }
  store.close();
  return [path];
}

function brokenStores(folder: string): string[] {
  const path = (name: string) => join(folder, name);
  seedStore(path("whole.sqlite")).close();
  writeFileSync(path("half.sqlite"), readFileSync(path("whole.sqlite")).subarray(0, 5000));
  writeFileSync(path("text.sqlite"), "no database, though it is long enough to look like one. ".repeat(50));
  openStore(path("empty.sqlite")).close();
  return ["empty.sqlite", "half.sqlite", "text.sqlite", "nowhere.sqlite"].map(path);
}

describe.skipIf(chromiumPath === undefined)(`a name (${whyNot})`, () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openPage(awkwardStores);
  });
  afterAll(() => opened.close());

  it.each(Object.entries(names))(
    "%s is shown by every view as text, without making it wider than a phone",
    async (_, name) => {
      const given = encodeURIComponent(name);
      const experiment = `experiment=${given}`;
      const views = [
        "/?since=2020-01-01",
        `/curve?${experiment}`,
        `/compare?run=${given}&run=demo`,
        `/run?id=${given}`,
      ];
      const { page, complaints } = await visit(opened, `/curve?${experiment}&x=round`);
      await page.setViewportSize({ width: 390, height: 800 });
      for (const path of [
        ...views,
        `/runs?run=${given}`,
        `/sweeps?${experiment}`,
        `/meeting?${experiment}`,
        `/leaderboard?${experiment}`,
      ]) {
        await page.goto(opened.url + path);
        // Before the page's own program has begun there is nothing that could be loading.
        await page.waitForFunction(() => document.title.endsWith("· SDTT"));
        await page.waitForSelector("text=Loading…", { state: "detached" });
        expect([path.slice(0, 20), await overflow(page)]).toEqual([path.slice(0, 20), 0]);
      }
      expect(await page.locator("main script, main img").count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  it("keeps values that are no numbers in the table, and says where nothing can be compared", async () => {
    const { page } = await visit(opened, `/curve?experiment=${encodeURIComponent(hostile)}&steps=32`);
    const table = await page.textContent("section[aria-label='gen-ppl@1']");
    expect(table).toMatch(/NaN/);
    expect(table).toMatch(/∞/);
    expect(await page.textContent(".words-box")).toMatch(
      /not compared.*no student can be held against a teacher of its entropy/,
    );
    await page.context().close();
  });
});

describe.skipIf(chromiumPath === undefined)(`a store (${whyNot})`, () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await openPage(brokenStores);
  });
  afterAll(() => opened.close());

  it("that is empty says what fills it, beside what is wrong with those that are damaged or not there", async () => {
    const { page, complaints } = await visit(opened, "/");
    const alerts = await page.locator("[role=alert]").allTextContents();
    expect(alerts).toHaveLength(3);
    expect(alerts[0]).toMatch(/half\.sqlite/);
    expect(alerts[1]).toMatch(/text\.sqlite: .*must be an undamaged SQLite database/);
    expect(alerts[2]).toMatch(/nowhere\.sqlite: .*must exist/);
    expect(await page.textContent("main")).toMatch(/The store is empty\. Run npx sdtt round/);
    for (const path of ["/curve", "/sweeps", "/meeting"]) {
      await page.goto(opened.url + path);
      await page.waitForSelector("text=/the experiment must be in the store, got an empty store. Run one first/");
    }
    await page.goto(`${opened.url}/runs`);
    await page.waitForSelector("text=No run is left");
    expect(complaints.filter((text) => !/400 \(Bad Request\)/.test(text))).toEqual([]);
    await page.context().close();
  });
});
