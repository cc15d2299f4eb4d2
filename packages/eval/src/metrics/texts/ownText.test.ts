/** @file Held-out text is that of the model's own text: its prepared shards, its source, or none where nothing is here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareShards, readDocuments, splitOf, trainTokenizer } from "@sdtt/core/text";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownCorpus } from "../../record/options.js";
import { corpusOf, heldOutDocuments, heldOutPieces } from "./heldOut.js";

const folder = mkdtempSync(join(tmpdir(), "own-text-"));
const [source, data] = ["texts", "data"].map((name) => join(folder, name)) as [string, string];
const texts = Array.from({ length: 400 }, (_, i) => `and the light ${i} was good over water, said ${i % 7} of them`);
const tokenizer = trainTokenizer(texts, 280);

beforeAll(async () => {
  mkdirSync(source);
  for (const [i, text] of texts.entries()) writeFileSync(join(source, `${i}.txt`), text);
  await prepareShards({ source, tokenizer, out: data });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function textsOf(corpus: string): Promise<string[]> {
  const all = [];
  for await (const { text } of heldOutDocuments(corpus)) all.push(text);
  return all;
}

it("prepared text has the held-out documents of its source, in order", async () => {
  const held = [];
  for await (const document of readDocuments(source)) if (splitOf(document) === "test") held.push(document.text);
  expect(held.length).toBeGreaterThan(1);
  expect(await textsOf(data)).toEqual(held);
  const piece = { length: 8, most: 50, joined: true };
  expect(await heldOutPieces(data, tokenizer, piece)).toEqual(await heldOutPieces(source, tokenizer, piece));
});

it("a corpus is what is asked for, else what the model learned, and is refused where neither is known", () => {
  const model = { path: "m", learned: data };
  expect([corpusOf("lambada", source, model), corpusOf("lambada", ownCorpus, model)]).toEqual([source, data]);
  expect(() => corpusOf("lambada", ownCorpus, { path: "m", learned: undefined })).toThrow(
    "lambada: the text that the model learned must be known and here, got none (m). Give text of its kind: --corpus=",
  );
});
