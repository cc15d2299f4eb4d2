import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { RunRow } from "@sdtt/core/store";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Curve } from "../charts/data/curve.js";
import { fromJson } from "../charts/data/wire.js";
import { openStores, type Stores } from "../read/stores/stores.js";
import { hostile, seedStore } from "../seed.fixture.js";
import { createApp } from "./app.js";
import { listen } from "./listen.js";
import { loadWebFiles } from "./webFiles.js";

let folder: string;
let stores: Stores;
let app: Hono;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-server-"));
  const path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  mkdirSync(join(folder, "web/assets"), { recursive: true });
  writeFileSync(join(folder, "web/index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "web/assets/main.js"), "export {};");
  stores = openStores([path]);
  app = createApp(stores, loadWebFiles(join(folder, "web")));
});
afterAll(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

async function ask<T>(path: string): Promise<{ status: number; body: T }> {
  const response = await app.request(`http://localhost${path}`);
  return { status: response.status, body: fromJson<T>(await response.text()) };
}

describe("the interface", () => {
  it("lists experiments, the newest first", async () => {
    const { body } = await ask<{ name: string }[]>("/api/experiments");
    expect(body.map(({ name }) => name)).toEqual(["demo", "odd", "empty"]);
  });

  it("answers a curve with its NaN and infinities", async () => {
    const { status, body } = await ask<Curve>("/api/curve?experiment=odd");
    expect(status).toBe(200);
    const means = body.series[0]?.points.map(({ value }) => value.mean);
    expect(means).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 77]);
  });

  it("orders a metric of one's own the way that it declares, which the page is told too", async () => {
    const path = join(folder, "own.sqlite");
    const store = seedStore(path);
    for (const row of store.evaluations({ experiment: "demo", steps: 8, definition: "gen-ppl@1" })) {
      store.saveEvaluation({ ...row, metric: "own", definition: "own@1" });
    }
    const declared = { metric: "own", definition: "own@1", what: "of one's own", unit: "things" } as const;
    const kind = { scale: "log", better: "higher", errorOver: "samples", dependsOnN: false } as const;
    const own = openStores([path]);
    const asked = createApp(own, loadWebFiles(join(folder, "web")));
    const answer = async (at: string) =>
      fromJson<{ columns?: unknown }>(await (await asked.request(`http://localhost${at}`)).text());
    const wanted = async () => (await answer("/api/leaderboard?experiment=demo&columns=own@8")).columns;
    try {
      expect(await wanted()).toMatchObject([{ key: "own@8", wanted: null }]);
      store.saveDefinitions([{ ...declared, ...kind }]);
      store.startRun({ ...(store.run("demo") as RunRow), id: "later" });
      expect(await wanted()).toMatchObject([{ key: "own@8", scale: "log", wanted: "higher" }]);
      expect(await answer("/api/session")).toMatchObject({ metrics: [{ metric: "own", better: "higher" }] });
    } finally {
      own.close();
      store.close();
    }
  });

  it("answers a point's samples with where they come from, no more than were asked for", async () => {
    const { body: curve } = await ask<Curve>("/api/curve");
    const key = curve.series[0]?.points[0]?.keys[0];
    const { body } = await ask<{ samples: { text: string }[]; kept: number }>(`/api/samples?key=${key}&limit=2`);
    expect(body).toMatchObject({ kept: 3, run: { commit: "0123456789abcdef" }, evaluation: { seed: 1, steps: 4 } });
    expect(body.samples).toHaveLength(2);
    expect(body.samples[1]?.text).toContain(hostile);
  });

  it("explains what it does not know", async () => {
    const curve = await ask<{ error: string }>("/api/curve?experiment=none");
    expect(curve.status).toBe(400);
    expect(curve.body.error).toMatch(/the experiment must be in the store, got none/);
    const none = await ask<{ error: string }>("/api/none");
    expect(none).toMatchObject({
      status: 404,
      body: { error: "dashboard: there is no such address. See the page at /." },
    });
    const wrong = [
      "/api/samples?key=none",
      "/api/samples",
      "/api/curve?foo=1",
      "/api/curve?x=up",
      "/api/home?since=soon",
    ];
    for (const path of [
      ...wrong,
      "/api/runs?limit=0",
      "/api/run?id=none",
      "/api/train?run=none",
      "/api/sweep?steps=-1",
    ]) {
      const { status, body } = await ask<{ error: string }>(path);
      expect([path, status, /^(dashboard|train): .+, got .+\. .+/.test(body.error)]).toEqual([path, 400, true]);
    }
  });
});

describe("the door", () => {
  it("answers only to this machine's own names", async () => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "192.168.1.2:8420"]) {
      expect((await app.request(`http://${host}/api/experiments`)).status).toBe(403);
    }
    for (const host of ["localhost:8420", "127.0.0.1:8420", "[::1]"]) {
      expect((await app.request(`http://${host}/api/experiments`)).status).toBe(200);
    }
  });

  it("takes nothing: every other method than GET and HEAD is unknown", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      expect((await app.request("http://localhost/api/experiments", { method })).status).toBe(404);
    }
  });

  it("serves the built page and nothing outside of its folder", async () => {
    const page = await app.request("http://localhost/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect((await app.request("http://localhost/assets/main.js")).status).toBe(200);
    for (const path of ["/../sdtt.sqlite", "/%2e%2e/sdtt.sqlite", "/assets/..%2f..%2fsdtt.sqlite", "//etc/passwd"]) {
      expect((await app.request(`http://localhost${path}`)).status).toBe(404);
    }
  });

  it("allows no inline script, no foreign source and no frame, on every answer", async () => {
    for (const path of ["/", "/api/experiments", "/api/none", "/none"]) {
      const { headers } = await app.request(`http://localhost${path}`);
      const policy = headers.get("content-security-policy");
      expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(policy).not.toMatch(/unsafe/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("says that the page must be built when it is not", () => {
    expect(() => loadWebFiles(join(folder, "nowhere"))).toThrow(/the page must have been built.*Run npm run build\./);
  });

  it("says addresses that can be opened, where it listens on all", async () => {
    const { urls, close } = await listen(app, 0, "0.0.0.0");
    try {
      expect(urls[0]).toMatch(/^http:\/\/localhost:\d+\/$/);
      expect(urls.join()).not.toContain("0.0.0.0");
      const outward = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      for (const { address } of outward.filter(({ internal, family }) => !internal && family === "IPv4")) {
        expect(urls.join()).toContain(`//${address}:`);
      }
      expect((await fetch(`${urls[0]}api/experiments`)).status).toBe(200);
    } finally {
      await close();
    }
  });

  it("listens on the loopback address only, and a taken port is an error with its code", async () => {
    const first = await listen(app, 0);
    try {
      const response = await fetch(`${first.url}api/experiments`);
      expect(response.status).toBe(200);
      const outward = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      for (const { address } of outward.filter(({ internal, family }) => !internal && family === "IPv4")) {
        await expect(fetch(first.url.replace("localhost", address))).rejects.toThrow("fetch failed");
      }
      await expect(listen(app, Number(new URL(first.url).port))).rejects.toMatchObject({ code: "EADDRINUSE" });
    } finally {
      await first.close();
    }
  });
});
