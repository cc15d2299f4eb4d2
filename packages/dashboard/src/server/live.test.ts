import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@sdtt/core/store";
import type { Hono } from "hono";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStores, type Stores } from "../read/stores/stores.js";
import { seedStore } from "../seed.fixture.js";
import { createApp } from "./app.js";

let folder: string;
let path: string;
let stores: Stores;
let app: Hono;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-live-"));
  path = join(folder, "sdtt.sqlite");
  seedStore(path).close();
  stores = openStores([path]);
  app = createApp(stores, new Map(), { everyMs: 20 });
});
afterEach(() => {
  stores.close();
  rmSync(folder, { recursive: true });
});

function write(): void {
  const store = openStore(path);
  store.addNote({ experiment: "demo", author: "ann", text: "new" });
  store.close();
}

/** Events as they come: each with its name and cursor. */
async function connect(cursor?: string) {
  const headers: Record<string, string> = cursor === undefined ? {} : { "last-event-id": cursor };
  const response = await app.request("http://localhost/api/live", { headers });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const next = async () => {
    const { value } = await reader.read();
    const text = new TextDecoder().decode(value);
    return { event: /event: (\w+)/.exec(text)?.[1], id: /id: (\S+)/.exec(text)?.[1] };
  };
  return { next, leave: () => reader.cancel() };
}

it("tells every viewer of a change, with a cursor that moves", async () => {
  const viewers = await Promise.all([connect(), connect()]);
  const hellos = await Promise.all(viewers.map(({ next }) => next()));
  expect(hellos.map(({ event }) => event)).toEqual(["hello", "hello"]);
  write();
  const changes = await Promise.all(viewers.map(({ next }) => next()));
  expect(changes.map(({ event }) => event)).toEqual(["change", "change"]);
  expect(changes[0]?.id).not.toBe(hellos[0]?.id);
  for (const { leave } of viewers) await leave();
});

it("tells a viewer who was away that something happened, and one who missed nothing that nothing did", async () => {
  const first = await connect();
  const { id } = await first.next();
  await first.leave();
  const again = await connect(id);
  expect(await again.next()).toEqual({ event: "hello", id });
  await again.leave();
  write();
  const late = await connect(id);
  expect((await late.next()).event).toBe("change");
  await late.leave();
});

it("answers the same question once for all viewers, until a store changes", async () => {
  const ask = (etag = "") => app.request("http://localhost/api/notes", { headers: { "if-none-match": etag } });
  const etag = (await ask()).headers.get("etag") ?? "";
  expect((await ask(etag)).status).toBe(304);
  write();
  const changed = await ask(etag);
  expect(changed.status).toBe(200);
  expect(changed.headers.get("etag")).not.toBe(etag);
});
