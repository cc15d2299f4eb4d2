/** @file The playground's door, and the process behind it: a real one, of the core that is built beside. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStores, type Stores } from "../../read/stores/stores.js";
import { seedStore } from "../../seed.fixture.js";
import { createApp } from "../app.js";
import { newAccess } from "../guard.js";
import { type Headers, postTo } from "../session.fixture.js";
import { playModels } from "./models.js";
import { type PlayLine, type PlayWorker, playCommand, playWorker } from "./worker.js";

let folder: string;
let stores: Stores;
let worker: PlayWorker;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-play-"));
  seedStore(join(folder, "sdtt.sqlite")).close();
  stores = openStores([join(folder, "sdtt.sqlite")]);
});
afterAll(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

const appWith = (isOn: boolean, own: PlayWorker) => createApp(stores, new Map(), { play: { worker: own, isOn } });

const post = (app: Hono, body: unknown, headers?: Headers, signal?: AbortSignal) =>
  postTo(app, "/api/play", body, headers, signal);

const asked = { model: "shipped round 5", text: "And God said", tokens: 16, steps: 4 };

describe("the playground's door", () => {
  const idle: PlayWorker = {
    play: () => ({ stop: () => {} }),
    prepare: () => {},
    ...{ waiting: 6, pid: undefined, close: () => {} },
  };

  it("is closed unless it is on, and then says how to open it", async () => {
    const app = appWith(false, idle);
    expect((await post(app, asked)).status).toBe(403);
    const said = (await (await app.request("http://localhost/api/play")).json()) as { off: string; models: unknown[] };
    expect(said.off).toMatch(/Serve with --playground to allow it/);
    expect(said.models).toEqual([]);
    expect((await post(createApp(stores, new Map()), asked)).status).toBe(404);
  });

  it("is closed to other pages, to who has no key, and to forms", async () => {
    const app = appWith(true, idle);
    expect((await post(app, asked, { origin: "http://evil.example" })).status).toBe(403);
    expect((await post(app, asked, { "x-sdtt-key": "wrong" })).status).toBe(403);
    expect((await post(app, asked, { "content-type": "text/plain" })).status).toBe(400);
    const guarded = createApp(stores, new Map(), {
      access: newAccess("a-token-of-some-length"),
      play: { worker: idle, isOn: true },
    });
    expect((await guarded.request("http://10.0.0.5/api/play")).status).toBe(401);
  });

  it("takes no path, no file of code, and nothing beyond its limits", async () => {
    const app = appWith(true, idle);
    const wrong = [
      { model: "../../../etc" },
      { model: folder },
      { sampler: "./mine.ts" },
      { sampler: "energy" },
      { steps: 257 },
      { steps: 0 },
      { tokens: 100_000 },
      { temperature: 0 },
      { text: "a".repeat(2001) },
      { checkpoint: "/" },
    ];
    for (const change of wrong)
      expect([change, (await post(app, { ...asked, ...change })).status]).toEqual([change, 400]);
    expect((await post(app, { ...asked, text: "a".repeat(20_000) })).status).toBe(413);
    expect((await post(app, asked)).status).toBe(429);
  });

  it("offers what ships, and finished rounds beside the stores by their names", () => {
    mkdirSync(join(folder, "runs/mine/round-1/checkpoints/update-00000001"), { recursive: true });
    mkdirSync(join(folder, "runs/mine/round-2"), { recursive: true });
    const ids = playModels([join(folder, "sdtt.sqlite"), join(folder, "none.sqlite")]).map(({ id }) => id);
    expect(ids).toEqual([
      ...[5, 4, 3, 2, 1].map((round) => `shipped round ${round}`),
      "shipped teacher",
      "mine/round-1",
    ]);
  });
});

describe.skipIf(!existsSync(playCommand))("the playground's process (needs npm run build)", () => {
  beforeEach(() => {
    worker = playWorker();
  });
  afterEach(() => worker.close());

  it("writes step by step, has the lowest priority, and gives the same text for the same seed", async () => {
    const app = appWith(true, worker);
    const texts: string[] = [];
    for (let again = 0; again < 2; again++) {
      const response = await post(app, asked);
      expect(response.headers.get("content-type")).toContain("ndjson");
      const lines = (await response.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines.map(({ event }) => event)).toEqual(["start", "step", "step", "step", "step", "step", "end"]);
      expect(lines[0].given.slice(0, 4)).toEqual(["And", " God", " said", null]);
      const row: string[] = [...lines[0].given];
      for (const { tokens = [] } of lines.slice(1)) for (const [i, text] of tokens) row[i] = text;
      expect(row).not.toContain(null);
      expect(lines.at(-1).nfe).toBeLessThanOrEqual(4);
      texts.push(row.join(""));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(getPriority(worker.pid as number)).toBeGreaterThanOrEqual(10);
    expect(worker.waiting).toBe(0);
  });

  it("begins when somebody looks at a playground that is on, and ends where nobody plays", async () => {
    const brief = playWorker({ sampleMs: 60_000, idleMs: 200 });
    const look = (isOn: boolean) => appWith(isOn, brief).request("http://localhost/api/play");
    await look(false);
    expect(brief.pid).toBeUndefined();
    await look(true);
    const begun = brief.pid;
    expect(begun).toBeGreaterThan(0);
    await look(true);
    expect(brief.pid).toBe(begun);
    await expect.poll(() => brief.pid, { timeout: 10_000 }).toBeUndefined();
    brief.close();
  });

  it("stops between two steps when the reader goes away, and goes on with the next", async () => {
    const lines: PlayLine[] = [];
    const model = playModels([])[0] as { path: string };
    const request = {
      checkpoint: model.path,
      text: "",
      steps: 4,
      sampler: "spaced+guided:0.5",
      temperature: 1,
      seed: 1,
    };
    const first = worker.play({ ...request, steps: 256 }, (line) => lines.push(line));
    while (lines.length < 3) await wait(20);
    first.stop();
    const heard = lines.length;
    expect(worker.waiting).toBe(0);
    await new Promise<void>((done) => {
      worker.play({ ...request, tokens: 8 }, ({ event }) => event === "end" && done());
    });
    expect(lines.length).toBe(heard);
    expect(lines.some(({ event }) => event === "end")).toBe(false);
  });

  it("is ended where a sample takes too long, and says so", async () => {
    const hasty = playWorker({ sampleMs: 50, idleMs: 1000 });
    const model = playModels([])[0] as { path: string };
    const request = { checkpoint: model.path, text: "", steps: 256, sampler: "ancestral", temperature: 1, seed: 1 };
    const last = await new Promise<PlayLine>((done) => {
      hasty.play(request, (line) => line.event === "error" && done(line));
    });
    expect(last).toMatchObject({ event: "error", message: "the playground's process ended" });
    expect([hasty.waiting, hasty.pid]).toEqual([0, undefined]);
    hasty.close();
  });

  it("tells what cannot be written, and is there for the next", async () => {
    const app = appWith(true, worker);
    const wrong = await (await post(app, { ...asked, text: "And ".repeat(100) })).text();
    expect(JSON.parse(wrong.trim())).toMatchObject({
      event: "error",
      message: expect.stringMatching(/must fit into 16 tokens/),
    });
    expect(await (await post(app, asked)).text()).toContain('"event":"end"');
  });
});
