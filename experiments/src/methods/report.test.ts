/**
 * @file docs/methods.md's table is what the rows in experiments/ give. Written anew by `npx nx run experiments:methods --report-only`, or here by
 * UPDATE_CLAIMS=1.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addKnown, openStore, readKnown, type Store } from "@sdtt/core/store";
import { assetsFolder } from "@sdtt/core/workspace";
import { type Samplers, samplersFrom } from "@sdtt/dashboard";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Kept, readKept } from "../claims/kept.js";
import { repository } from "../programs.js";
import { addTeacher, ownRows, rowsIn, withMethods } from "./report.js";

const folder = mkdtempSync(join(tmpdir(), "methods-"));
const rows = join(repository, "experiments");
const document = join(repository, "docs/methods.md");
let store: Store;
let others: Kept;
let found: Samplers;

beforeAll(() => {
  store = openStore(join(folder, "sdtt.sqlite"));
  others = readKept(join(rows, "default.json"));
  addTeacher(store, others);
  // What ships says whose student round 5 is.
  const shipped = readKnown(join(assetsFolder, "known.json"));
  if (shipped) addKnown(store, shipped);
  addKnown(store, { ...readKept(rowsIn(rows)), definitions: [] });
  found = samplersFrom(store, { experiment: "methods", temperatures: "1" });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it("the table is that of the rows", () => {
  const text = readFileSync(document, "utf8");
  if (process.env.UPDATE_CLAIMS) writeFileSync(document, withMethods(text, found));
  expect(withMethods(text, found)).toBe(text);
});

it("of the rows that it takes, none lies nowhere: each is in its own file or the default experiment's", () => {
  const kept = readKept(rowsIn(rows));
  const keys = ({ evaluations }: Kept) => evaluations.map(({ key }) => key);
  expect(keys(kept)).toEqual(expect.arrayContaining(keys(ownRows(store, "methods", others))));
  expect(kept.evaluations.length).toBeGreaterThan(50);
});

it("the picture is no larger than one looks at", () => {
  expect(statSync(join(repository, "docs/methods.webp")).size).toBeLessThan(120_000);
});
