/**
 * @file Shards: the ids come back as encoded, what is finished stays.
 */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { bytesOf } from "../../files/atomic.js";
import { assetPath } from "../../workspace/assets.js";
import { firstBatch, nextBatch } from "../batches/batches.js";
import type { Document } from "../source/documents.js";
import { edgesFingerprintOf } from "../source/fingerprint.js";
import { listSource } from "../source/listing.js";
import { readDocuments } from "../source/read.js";
import { splitOf } from "../source/split.js";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer.js";
import { trainTokenizer } from "../tokenizer/train.js";
import { holdsSource, isPreparedFrom, openShard, type PrepareShardsOptions, prepareShards } from "./shards.js";

async function documentsOf(source: string): Promise<Document[]> {
  const all: Document[] = [];
  for await (const document of readDocuments(source)) all.push(document);
  return all;
}

const folder = mkdtempSync(join(tmpdir(), "shards-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = Array.from({ length: 200 }, (_, i) =>
  JSON.stringify({ text: `Line ${i} of a small corpus, told ${i * 7} times.` }),
);
const source = join(folder, "corpus.jsonl");
const out = join(folder, "shards");
/** Without what is remembered of the source, which is there when it has not just been written. */
const filesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name !== "sources.json")
    .sort();
const finished = ["manifest.json", "test.bin", "tokenizer.json", "train.bin", "validation.bin"];
let tokenizer: Tokenizer;
beforeAll(async () => {
  writeFileSync(source, `${lines.join("\n")}\n{"text":"  "}\n`);
  tokenizer = trainTokenizer(lines, 270);
  await prepareShards({ source, tokenizer, out });
});

describe("prepareShards", () => {
  it("writes the documents of each split with end-of-text after each, and a manifest that counts them", async () => {
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    for (const split of ["train", "validation", "test"] as const) {
      const documents = (await documentsOf(source)).filter((one) => one.text.trim() !== "" && splitOf(one) === split);
      const shard = openShard(join(out, `${split}.bin`), tokenizer);
      const ids = shard.ids.subarray(0, shard.count);
      expect(tokenizer.decode(ids)).toBe(documents.map(({ text }) => `${text}<|endoftext|>`).join(""));
      expect(manifest.splits[split]).toMatchObject({ documents: documents.length, tokens: shard.count });
      expect(shard).toMatchObject({ corpusHash: manifest.corpusHash, tokenizerHash: tokenizer.hash, vocabSize: 270 });
    }
  });

  it("leaves a finished folder as it is, and gives the same bytes in another", async () => {
    const before = readFileSync(join(out, "train.bin"));
    const written = statSync(join(out, "train.bin")).mtimeMs;
    expect(await prepareShards({ source, tokenizer, out })).toMatchObject({ wasThere: true, keptPieces: 0 });
    expect(statSync(join(out, "train.bin")).mtimeMs).toBe(written);
    expect(filesOf(out)).toEqual(finished);
    const other = join(folder, "again");
    expect(await prepareShards({ source, tokenizer, out: other })).toMatchObject({ wasThere: false });
    expect(readFileSync(join(other, "train.bin")).equals(before)).toBe(true);
    expect(filesOf(other)).toEqual(finished);
  });

  it("refuses a finished folder to another tokenizer, other options or a source that changed", async () => {
    const refused = (changes: Partial<PrepareShardsOptions>) =>
      expect(prepareShards({ source, tokenizer, out, ...changes })).rejects;
    await refused({ tokenizer: trainTokenizer(lines, 271) }).toThrow("the tokenizer must be the one it was begun with");
    await refused({ detokenizer: "ptb", limit: 5 }).toThrow(
      "the options must be those it was begun with, got detokenizer none → ptb, limit none → 5. Give another --out",
    );
    const other = join(folder, "other.jsonl");
    writeFileSync(other, '{"text":"other"}\n');
    await refused({ source: other }).toThrow(
      `the source must be as it was when it was begun, got ${source} → ${other}`,
    );
    const copy = join(folder, "moved", "corpus.jsonl");
    mkdirSync(dirname(copy));
    writeFileSync(copy, readFileSync(source));
    expect(await prepareShards({ source: copy, tokenizer, out })).toMatchObject({ wasThere: true });
    writeFileSync(copy, readFileSync(source, "utf8").replace("Line 7 ", "Lime 7 "));
    await refused({ source: copy }).toThrow("the source must be as it was");
  });

  it("keeps ids of a vocabulary beyond 16 bits", async () => {
    const wide = { ...tokenizer, vocabSize: 70_000, maskId: 70_000, encode: () => Int32Array.of(69_999, 5) };
    await prepareShards({ source, tokenizer: wide, out: join(folder, "wide") });
    expect([...Array.from(openShard(join(folder, "wide", "train.bin")).ids.subarray(0, 2))]).toEqual([69_999, 5]);
  });

  it("takes the first lines only, as many as it is told to", async () => {
    const { manifest } = await prepareShards({ source, tokenizer, out: join(folder, "few"), limit: 30 });
    const expected = (await documentsOf(source)).slice(0, 30).filter((one) => splitOf(one) === "train").length;
    expect(manifest.splits.train.documents).toBe(expected);
    expect(Object.values(manifest.splits).reduce((sum, { documents }) => sum + documents, 0)).toBe(30);
  });

  it("refuses an empty corpus and one that is not UTF-8, and leaves no shards", async () => {
    const empty = join(folder, "empty.txt");
    const place = join(folder, "none");
    const refused = () => expect(prepareShards({ source: empty, tokenizer, out: place })).rejects;
    writeFileSync(empty, "\n \n");
    await refused().toThrow("the corpus must hold text");
    writeFileSync(empty, "");
    await refused().toThrow("the corpus must hold text");
    writeFileSync(empty, Uint8Array.of(0xff));
    await refused().toThrow("text must be UTF-8");
    expect(readdirSync(place)).toEqual(["tokenizer.json"]);
  });

  it("refuses a place below a file", async () => {
    await expect(prepareShards({ source, tokenizer, out: join(source, "x") })).rejects.toThrow(UserError);
  });

  it("refuses a corpus whose documents all fall to other splits than training", async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const text = texts.find((one) => splitOf({ id: "held.txt", text: one }) === "test") as string;
    writeFileSync(join(folder, "held.txt"), text);
    const job = { source: join(folder, "held.txt"), tokenizer, out: join(folder, "held") };
    await expect(prepareShards(job)).rejects.toThrow(
      "the training split must hold a document, got 1 in validation and test",
    );
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full, and then goes on where there is room", async () => {
    const place = join(folder, "full");
    mkdirSync(place);
    symlinkSync("/dev/full", join(place, "train.bin.part"));
    const job = { source, tokenizer, out: place };
    await expect(prepareShards(job)).rejects.toThrow("the disk must have room for the file, got ENOSPC");
    expect(readdirSync(place)).toEqual(["tokenizer.json"]);
    await prepareShards(job);
    expect(readFileSync(join(place, "train.bin")).equals(readFileSync(join(out, "train.bin")))).toBe(true);
  });

  it("is known by every byte of its source: a change in the middle that keeps the size is another text", async () => {
    const path = join(folder, "middle.jsonl");
    const place = join(folder, "middle");
    const filler = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ text: `${i} ${"filler ".repeat(9)}` }));
    const content = [...filler, '{"text":"the middle"}', ...filler].join("\n");
    expect(content.length).toBeGreaterThan(4 << 16);
    writeFileSync(path, content);
    await prepareShards({ source: path, tokenizer, out: place });
    expect([holdsSource(place, path), isPreparedFrom(place, { source: path, tokenizer })]).toEqual([true, true]);
    writeFileSync(path, content.replace("the middle", "the muddle"));
    expect([holdsSource(place, path), isPreparedFrom(place, { source: path })]).toEqual([false, false]);
    await expect(prepareShards({ source: path, tokenizer, out: place })).rejects.toThrow(
      "the source must be as it was when it was begun, got other files, or other bytes in them",
    );
  });

  it("hashes a file again only where its size, times or inode are not as they were", async () => {
    const path = join(folder, "settled.jsonl");
    const place = join(folder, "settled");
    writeFileSync(path, lines.join("\n"));
    await sleep(2100);
    await prepareShards({ source: path, tokenizer, out: place });
    const steps: string[] = [];
    const on = ({ step }: { step: string }) => steps.push(step);
    await prepareShards({ source: path, tokenizer, out: place, on });
    expect(steps).not.toContain("hashing");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, lines.join("\n").replace("Line 0", "Line 9"));
    utimesSync(path, atime, mtime);
    await expect(prepareShards({ source: path, tokenizer, out: place, on })).rejects.toThrow("other bytes in them");
    expect(steps).toContain("hashing");
  });

  it("finds what an earlier version prepared, which knew sizes and edges, and begins anew what it left unfinished", async () => {
    const place = join(folder, "earlier");
    await prepareShards({ source, tokenizer, out: place });
    const manifest = JSON.parse(readFileSync(join(place, "manifest.json"), "utf8"));
    const { fingerprintVersion: _, ...rest } = manifest;
    const earlier = { ...rest, fingerprint: edgesFingerprintOf(listSource(source)) };
    writeFileSync(join(place, "manifest.json"), JSON.stringify(earlier));
    expect((await prepareShards({ source, tokenizer, out: place })).wasThere).toBe(true);
    expect(holdsSource(place, join(folder, "shards", "tokenizer.json"))).toBe(false);
    const { corpusHash, splits, vocabSize: __, version, ...order } = earlier;
    const journal = { version, order, pieces: 3, cursor: { file: 0, at: 9, record: 2, taken: 1 }, corpusHash, splits };
    const begun = join(folder, "earlier-begun");
    mkdirSync(begun);
    writeFileSync(join(begun, "progress.json"), JSON.stringify(journal));
    expect(await prepareShards({ source, tokenizer, out: begun })).toMatchObject({ keptPieces: 0 });
    expect(readFileSync(join(begun, "train.bin")).equals(readFileSync(join(place, "train.bin")))).toBe(true);
  });

  it("refuses a source that is written to while it is read", async () => {
    const path = join(folder, "growing.jsonl");
    writeFileSync(path, lines.join("\n"));
    const on = ({ step }: { step: string }) => step === "begun" && appendFileSync(path, "\n");
    const place = join(folder, "growing");
    await expect(prepareShards({ source: path, tokenizer, out: place, on })).rejects.toThrow(
      `the source must stay as it is while it is read, got a change of ${path}`,
    );
    expect(readdirSync(place)).toEqual(["tokenizer.json"]);
  });

  it("counts documents with half of a surrogate pair, in one piece as in many", async () => {
    const path = join(folder, "halves.jsonl");
    writeFileSync(path, lines.map((line, i) => (i % 50 === 7 ? '{"text":"half \\udc00"}' : line)).join("\n"));
    for (const pieceBytes of [8 << 20, 300]) {
      const { manifest } = await prepareShards({
        source: path,
        tokenizer,
        out: join(folder, `halves-${pieceBytes}`),
        pieceBytes,
      });
      expect(manifest.mended).toEqual({ documents: 4, first: `${path}:8` });
    }
    expect(readFileSync(join(out, "manifest.json"), "utf8")).not.toContain("mended");
  });

  it("has a second process wait for the first, and find its work done", async () => {
    const steps: string[] = [];
    const place = join(folder, "shared");
    const job = { source, tokenizer, out: place };
    const both = await Promise.all([prepareShards(job), prepareShards({ ...job, on: ({ step }) => steps.push(step) })]);
    expect(both.map(({ wasThere }) => wasThere)).toEqual([false, true]);
    expect(steps.filter((step) => step !== "hashing")).toEqual(["waiting"]);
  });
});

describe("what was embedded before", () => {
  it("is prepared into the same bytes, and batches into the same rows, as the shipped teacher was trained on", async () => {
    const shipped = loadTokenizer(assetPath("teacher"));
    const place = join(folder, "embedded");
    const { manifest } = await prepareShards({ source: "embedded", tokenizer: shipped, out: place });
    const hashes = ["train", "validation", "test"].map((split) => sha256(readFileSync(join(place, `${split}.bin`))));
    expect([manifest.corpusHash, ...hashes]).toEqual([
      "7021a0058979f59de4310825f721f74b469804bd1fae578ab20063177bdb8e1d",
      "2ca62e0034a4adec34604d0b307597c0c6e014d2b9479c8b3568f291f165c41f",
      "12293c8158b69719f1eb497d52b4c0454653a9fa5fb7ce352484e07bbbe5286f",
      "e085c9c96defd38f8185cc1594e2f2a5df2552b909d4e535d6a8f45cd7c92187",
    ]);
    const shard = openShard(join(place, "train.bin"));
    const rows: Uint8Array[] = [];
    for (let cursor = firstBatch, i = 0; i < 300; i++) {
      const next = nextBatch(shard, cursor, { batch: 16, length: 256, seed: 1 });
      cursor = next.cursor;
      rows.push(bytesOf(next.x0));
    }
    expect(sha256(Buffer.concat(rows))).toBe("e987fd6dc8f373f37d25aec5fc38a3800923e3ea43dfec86e9f99dc8270f3cd9");
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
