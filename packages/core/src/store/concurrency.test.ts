import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkStore, openStore } from "./index.js";

/** Under packages/core/dist/x, from where the bundled program finds the migrations as the built one does. */
const dist = fileURLToPath(new URL("../../dist", import.meta.url));
let folder: string;

beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  folder = mkdtempSync(join(dist, "writers-"));
  const entry = fileURLToPath(new URL("./writer.fixture.ts", import.meta.url));
  const output = { entryFileNames: "writer.js" };
  const options = { ssr: entry, outDir: folder, emptyOutDir: false, rollupOptions: { output } };
  await build({ configFile: false, logLevel: "silent", build: options });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writers at once, each of `points` train points; how each ended. */
function writers(path: string, ids: readonly string[], points: number, atOnce: number) {
  const one = (id: string): Promise<{ code: number | null; stderr: string }> => {
    const child = spawn(process.execPath, [join(folder, "writer.js"), path, id, String(points), String(atOnce)]);
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
  };
  return Promise.all(ids.map(one));
}

/** Nothing lost, nothing doubled: each run's points are 0, 1, …, and the evaluations that all wrote are there once. */
function expectWhole(path: string, ids: readonly string[], points: number, atOnce: number): void {
  const store = openStore(path, { readonly: true });
  expect(store.runs().map((run) => run.id)).toEqual(ids);
  const updates = Array.from({ length: points }, (_, update) => update);
  for (const id of ids) expect(store.trainPoints(id).map(({ update }) => update)).toEqual(updates);
  expect(store.evaluations()).toHaveLength(points / atOnce);
  store.close();
  expect(checkStore(path, "integrity").problems).toEqual([]);
}

it("lets three processes create, migrate and write one store at once without losing a row", async () => {
  const ids = ["a", "b", "c"];
  for (let trial = 0; trial < 3; trial++) {
    const path = join(folder, `${trial}.sqlite`);
    expect(await writers(path, ids, 200, 1)).toEqual(Array(3).fill({ code: 0, stderr: "" }));
    expectWhole(path, ids, 200, 1);
  }
});

it("lets eight processes write 5000 rows each, ten at a time as training does, without losing or doubling one", async () => {
  const ids = Array.from({ length: 8 }, (_, i) => `writer-${i}`);
  const path = join(folder, "eight.sqlite");
  expect(await writers(path, ids, 5000, 10)).toEqual(Array(8).fill({ code: 0, stderr: "" }));
  expectWhole(path, ids, 5000, 10);
}, 120_000);
