/**
 * @file Shards and batches: the ids come back as encoded, damage is refused, and order depends on the seed alone.
 */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryName } from "../checkpoint/atomic.js";
import { UserError } from "../errors.js";
import { type BatchCursor, firstBatch, nextBatch } from "./batches.js";
import { openCorpus } from "./corpus.js";
import { openShard, prepareShards, type Shard } from "./shards.js";
import { splitOf } from "./split.js";
import type { Tokenizer } from "./tokenizer.js";
import { trainTokenizer } from "./trainTokenizer.js";

const folder = mkdtempSync(join(tmpdir(), "shards-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = Array.from({ length: 200 }, (_, i) =>
  JSON.stringify({ text: `Line ${i} of a small corpus, told ${i * 7} times.` }),
);
const source = join(folder, "corpus.jsonl");
const out = join(folder, "shards");
let tokenizer: Tokenizer;
beforeAll(() => {
  writeFileSync(source, `${lines.join("\n")}\n{"text":"  "}\n`);
  tokenizer = trainTokenizer(lines, 270);
  prepareShards({ source, tokenizer, out });
});

describe("prepareShards", () => {
  it("writes the documents of each split with end-of-text after each, and a manifest that counts them", () => {
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    for (const split of ["train", "validation", "test"] as const) {
      const documents = [...openCorpus(source)].filter((one) => one.text.trim() !== "" && splitOf(one) === split);
      const shard = openShard(join(out, `${split}.bin`), tokenizer.hash);
      expect(tokenizer.decode(shard.ids)).toBe(documents.map(({ text }) => `${text}<|endoftext|>`).join(""));
      expect(manifest.splits[split]).toMatchObject({ documents: documents.length, tokens: shard.count });
      expect(shard).toMatchObject({ corpusHash: manifest.corpusHash, tokenizerHash: tokenizer.hash, vocabSize: 270 });
    }
  });

  it("gives the same bytes again, with nothing temporary left", () => {
    const before = readFileSync(join(out, "train.bin"));
    prepareShards({ source, tokenizer, out });
    expect(readFileSync(join(out, "train.bin")).equals(before)).toBe(true);
    expect(readdirSync(out).sort()).toEqual(["manifest.json", "test.bin", "train.bin", "validation.bin"]);
  });

  it("keeps ids of a vocabulary beyond 16 bits", () => {
    const wide = { ...tokenizer, vocabSize: 70_000, maskId: 70_000, encode: () => Int32Array.of(69_999, 5) };
    prepareShards({ source, tokenizer: wide, out: join(folder, "wide") });
    expect([...openShard(join(folder, "wide", "train.bin")).ids.subarray(0, 2)]).toEqual([69_999, 5]);
  });

  it("refuses an empty corpus, and replaces nothing", () => {
    const before = readFileSync(join(out, "train.bin"));
    const empty = join(folder, "empty.txt");
    writeFileSync(empty, "\n \n");
    expect(() => prepareShards({ source: empty, tokenizer, out })).toThrow("the corpus must hold text");
    writeFileSync(empty, Uint8Array.of(0xff));
    expect(() => prepareShards({ source: empty, tokenizer, out })).toThrow("text must be UTF-8");
    expect(readFileSync(join(out, "train.bin")).equals(before)).toBe(true);
    expect(readdirSync(out)).toHaveLength(4);
  });

  it("refuses a place below a file", () => {
    expect(() => prepareShards({ source, tokenizer, out: join(source, "x") })).toThrow(UserError);
  });

  it("refuses a corpus whose documents all fall to other splits than training", () => {
    const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const text = texts.find((one) => splitOf({ id: "held.txt", text: one }) === "test") as string;
    writeFileSync(join(folder, "held.txt"), text);
    expect(() => prepareShards({ source: join(folder, "held.txt"), tokenizer, out })).toThrow(
      "the training split must hold a document, got 1 in other splits",
    );
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full, and replaces nothing", () => {
    symlinkSync("/dev/full", temporaryName(join(out, "train.bin")));
    expect(() => prepareShards({ source, tokenizer, out })).toThrow("the disk must have room for the file, got ENOSPC");
    expect(readdirSync(out).sort()).toEqual(["manifest.json", "test.bin", "train.bin", "validation.bin"]);
    expect(openShard(join(out, "train.bin")).count).toBeGreaterThan(0);
  });
});

describe("openShard", () => {
  it("refuses shards made with another tokenizer", () => {
    const other = trainTokenizer(lines, 271);
    expect(() => openShard(join(out, "train.bin"), other.hash)).toThrow(
      `the shard must be made with tokenizer ${other.hash.slice(0, 12)}, got ${tokenizer.hash.slice(0, 12)}`,
    );
  });

  it("refuses a file that is cut off, extended, missing, or something else", () => {
    const bytes = readFileSync(join(out, "train.bin"));
    const path = join(folder, "bad.bin");
    const refused = (content: Uint8Array, message: string) => {
      writeFileSync(path, content);
      expect(() => openShard(path)).toThrow(UserError);
      expect(() => openShard(path)).toThrow(message);
    };
    refused(bytes.subarray(0, bytes.length - 2), `the file must be ${bytes.length} bytes`);
    refused(Buffer.concat([bytes, Buffer.alloc(2)]), `the file must be ${bytes.length} bytes`);
    refused(bytes.subarray(0, 50), "the file must begin as a shard does");
    refused(Buffer.alloc(200), "the file must begin as a shard does");
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(2, 8);
    refused(newer, "the version must be 1, got 2");
    truncateSync(path, 0);
    expect(() => openShard(path)).toThrow(UserError);
    expect(() => openShard(join(folder, "none.bin"))).toThrow("the file must be readable, got ENOENT");
  });
});

describe("nextBatch", () => {
  const shard: Shard = {
    ids: Uint16Array.from({ length: 103 }, (_, i) => i),
    count: 103,
    vocabSize: 200,
    tokenizerHash: "",
    corpusHash: "",
  };
  const options = { batch: 3, length: 10, seed: 5 };

  function take(batches: number, from: BatchCursor = firstBatch, seed = 5): { starts: number[]; cursor: BatchCursor } {
    const starts: number[] = [];
    let cursor = from;
    for (let i = 0; i < batches; i++) {
      const next = nextBatch(shard, cursor, { ...options, seed });
      cursor = next.cursor;
      for (let row = 0; row < 3; row++) {
        const ids = [...next.x0.subarray(row * 10, row * 10 + 10)];
        const start = ids[0] as number;
        expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => start + i));
        starts.push(start);
      }
    }
    return { starts, cursor };
  }

  it("gives each row of an epoch once, then goes on in the next, in another order", () => {
    const epochs = new Map<number, number[]>();
    let cursor = firstBatch;
    for (let row = 0; row < 60; row++) {
      const next = nextBatch(shard, cursor, { ...options, batch: 1 });
      const { epoch } = next.cursor;
      epochs.set(epoch, [...(epochs.get(epoch) ?? []), next.x0[0] as number]);
      cursor = next.cursor;
    }
    const whole = [...epochs.values()].slice(0, -1);
    expect(whole.length).toBeGreaterThanOrEqual(5);
    for (const starts of whole) {
      const offset = Math.min(...starts);
      const rows = Math.floor((103 - offset) / 10);
      const expected = Array.from({ length: rows }, (_, i) => offset + 10 * i);
      expect(offset).toBeLessThan(10);
      expect(starts.toSorted((a, b) => a - b)).toEqual(expected);
      expect(starts).not.toEqual(expected);
    }
    expect(new Set(whole.map((starts) => Math.min(...starts))).size).toBeGreaterThan(1);
  });

  it("goes on from a cursor as if it had not stopped", () => {
    const whole = take(10);
    const half = take(5);
    const rest = take(5, JSON.parse(JSON.stringify(half.cursor)));
    expect([...half.starts, ...rest.starts]).toEqual(whole.starts);
    expect(rest.cursor).toEqual(whole.cursor);
  });

  it("gives another order for another seed", () => {
    expect(take(3, firstBatch, 6).starts).not.toEqual(take(3).starts);
  });

  it("takes the only row of a shard that holds no more, and refuses a shard that holds less", () => {
    const exact = nextBatch(shard, firstBatch, { batch: 2, length: 103, seed: 1 });
    expect([...exact.x0]).toEqual([...shard.ids, ...shard.ids]);
    expect(() => nextBatch(shard, firstBatch, { batch: 1, length: 104, seed: 1 })).toThrow(
      "the shard must hold at least 104 ids (one row), got 103",
    );
  });
});
