import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "./index.js";

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

function writer(path: string, id: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [join(folder, "writer.js"), path, id]);
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

it("lets three processes create, migrate and write one store at once without losing a row", async () => {
  for (let trial = 0; trial < 3; trial++) {
    const path = join(folder, `${trial}.sqlite`);
    const ended = await Promise.all(["a", "b", "c"].map((id) => writer(path, id)));
    expect(ended).toEqual(Array(3).fill({ code: 0, stderr: "" }));
    const store = openStore(path, { readonly: true });
    expect(store.runs().map((run) => run.id)).toEqual(["a", "b", "c"]);
    for (const id of ["a", "b", "c"]) expect(store.trainPoints(id)).toHaveLength(200);
    expect(store.evaluations()).toHaveLength(200);
    store.close();
  }
});
