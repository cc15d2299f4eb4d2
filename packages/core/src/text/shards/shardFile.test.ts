/**
 * @file A shard's file: damage is refused, and what is larger than memory is read from any place.
 */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { nextBatch } from "../batches/batches.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { trainTokenizer } from "../tokenizer/train.js";
import { openShard, prepareShards } from "./shards.js";

const folder = mkdtempSync(join(tmpdir(), "shard-file-test-"));
const path = join(folder, "train.bin");
const lines = Array.from({ length: 200 }, (_, i) => `Line ${i} of a small corpus, told ${i * 7} times.`);
let tokenizer: Tokenizer;
beforeAll(async () => {
  const source = join(folder, "corpus.jsonl");
  writeFileSync(source, lines.map((text) => JSON.stringify({ text })).join("\n"));
  tokenizer = trainTokenizer(lines, 270);
  await prepareShards({ source, tokenizer, out: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("openShard", () => {
  it("refuses shards made with another tokenizer", () => {
    const other = trainTokenizer(lines, 271);
    expect(() => openShard(path, other)).toThrow(
      `the shard must be made with tokenizer ${other.hash.slice(0, 12)}, got ${tokenizer.hash.slice(0, 12)}`,
    );
  });

  it("refuses a file that is cut off, extended, missing, or something else", () => {
    const bytes = readFileSync(path);
    const bad = join(folder, "bad.bin");
    const refused = (content: Uint8Array, message: string) => {
      writeFileSync(bad, content);
      expect(() => openShard(bad)).toThrow(UserError);
      expect(() => openShard(bad)).toThrow(message);
    };
    refused(bytes.subarray(0, bytes.length - 2), `the file must be ${bytes.length} bytes`);
    refused(Buffer.concat([bytes, Buffer.alloc(2)]), `the file must be ${bytes.length} bytes`);
    refused(bytes.subarray(0, 50), "the file must begin as a shard does");
    refused(Buffer.alloc(200), "the file must begin as a shard does");
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(2, 8);
    refused(newer, "the version must be 1, got 2");
    truncateSync(bad, 0);
    expect(() => openShard(bad)).toThrow(UserError);
    expect(() => openShard(join(folder, "none.bin"))).toThrow("the file must be readable, got ENOENT");
  });
});

describe("a shard larger than memory", () => {
  it("gives rows from any place without being read, each row of an epoch once", () => {
    const huge = join(folder, "huge.bin");
    const bytes = readFileSync(path).subarray(0, 96);
    const count = 6_000_000_000;
    bytes.writeBigUInt64LE(BigInt(count), 24);
    const file = openSync(huge, "w");
    writeSync(file, bytes);
    ftruncateSync(file, 96 + 2 * count);
    writeSync(file, Uint16Array.of(7, 8, 9), 0, 6, 96 + 2 * (count - 3));
    closeSync(file);
    const shard = openShard(huge, tokenizer);
    expect(Array.from(shard.ids.subarray(count - 3, count + 5))).toEqual([7, 8, 9]);
    const next = nextBatch(shard, { epoch: 2, index: 5_000_000 }, { batch: 4, length: 1024, seed: 1 });
    expect([next.x0.length, next.cursor]).toEqual([4096, { epoch: 2, index: 5_000_004 }]);
  });

  it("is refused when the file is cut off after it was opened", () => {
    const shrinking = join(folder, "shrinking.bin");
    writeFileSync(shrinking, readFileSync(path));
    const shard = openShard(shrinking);
    truncateSync(shrinking, 100);
    expect(() => shard.ids.subarray(0, 50)).toThrow("the file must stay as it is, got fewer bytes");
  });
});
