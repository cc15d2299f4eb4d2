/** @file The training text of a model: found by its hash, given, embedded, and not taken for another. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadTokenizer, prepareShards, type Tokenizer } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openCheckpoint } from "../../record/checkpoint.js";
import { trainingTextOf } from "./trainingText.js";

let folder: string;
let tokenizer: Tokenizer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "training-"));
  tokenizer = loadTokenizer(assetPath("teacher"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function prepared(name: string, text: string) {
  const source = join(folder, `${name}.txt`);
  writeFileSync(source, text);
  const out = join(folder, ".sdtt/data", name);
  const { manifest } = await prepareShards({ source, tokenizer, out, documents: "line", workers: 1 });
  return { out, hash: manifest.corpusHash };
}
const idsOf = (text: ReturnType<typeof trainingTextOf>) =>
  [...(text?.pieces() ?? [])].flatMap((piece) => Array.from(piece));
const lines = (word: string) => Array.from({ length: 60 }, (_, i) => `${word} ${i}`).join("\n");

it("is the prepared text whose hash the checkpoint has, whatever its folder is called", async () => {
  const [one, other] = [await prepared("one", lines("light")), await prepared("other", lines("day"))];
  const root = join(folder, ".sdtt");
  for (const { hash, out } of [one, other]) {
    const found = trainingTextOf({ corpusHash: hash, config: {} }, tokenizer, { root });
    expect(found?.hash).toBe(hash);
    expect(idsOf(found)).toEqual(idsOf(trainingTextOf({ corpusHash: "", config: {} }, tokenizer, { root, data: out })));
    expect(tokenizer.decode(idsOf(found))).toContain(hash === one.hash ? "light 1" : "day 1");
    expect(tokenizer.decode(idsOf(found))).not.toContain(hash === one.hash ? "day" : "light");
  }
  cpSync(one.out, join(folder, "elsewhere"), { recursive: true });
  const away = { root: join(folder, "nowhere") };
  expect(trainingTextOf({ corpusHash: one.hash, config: {} }, tokenizer, away)).toBeUndefined();
  const known = { corpusHash: one.hash, config: { data: join(folder, "elsewhere") } };
  expect(trainingTextOf(known, tokenizer, away)?.hash).toBe(one.hash);
});

it("is not there for a model that says nothing of it, nor where a folder holds no prepared text", () => {
  const root = join(folder, ".sdtt");
  expect(trainingTextOf({ corpusHash: "", config: {} }, tokenizer, { root })).toBeUndefined();
  const empty = join(folder, "empty");
  mkdirSync(empty);
  expect(() => trainingTextOf({ corpusHash: "", config: {} }, tokenizer, { root, data: empty })).toThrow(
    "the file must be readable, got ENOENT",
  );
});

it("of the embedded models is the embedded corpus, prepared or not, and only while it is what they were trained on", async () => {
  const teacher = openCheckpoint(assetPath("teacher"), "raw");
  const root = join(folder, "fresh");
  const found = trainingTextOf(teacher, tokenizer, { root });
  expect(found?.hash).toBe(teacher.corpusHash);
  const out = join(root, "data/embedded");
  await prepareShards({ source: "embedded", tokenizer, out, workers: 1 });
  const shards = trainingTextOf({ ...teacher, config: {} }, tokenizer, { root });
  expect(idsOf(shards)).toEqual(idsOf(found));
  const changed = { ...teacher, corpusHash: teacher.corpusHash?.replace(/^./, "f") };
  expect(trainingTextOf(changed, tokenizer, { root: join(folder, "nowhere") })).toBeUndefined();
});
