/** @file The store of `serve --demo`: made of what ships, in a folder of its own that goes when the server stops. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { addDemo, openStore, readDemo, readKnown } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";

export interface DemoStore {
  readonly path: string;
  /** A week before its newest figure, so that home has something new. */
  readonly since: string;
  remove(): void;
}

const weekMs = 7 * 86_400_000;

export function makeDemo(): DemoStore {
  const known = readKnown(join(assetsFolder, "known.json"));
  if (!known)
    throw userError("serve", "the figures that ship must be there", "no known.json", "Fetch the assets again.");
  const folder = mkdtempSync(join(tmpdir(), "sdtt-demo-"));
  const path = join(folder, "demo.sqlite");
  const store = openStore(path);
  addDemo(store, known, readDemo(join(assetsFolder, "demo.json")));
  store.close();
  const newest = Math.max(...known.evaluations.map(({ createdAt }) => Date.parse(createdAt)));
  const since = new Date(newest - weekMs).toISOString().slice(0, 10);
  return { path, since, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
