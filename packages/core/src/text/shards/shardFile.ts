/**
 * @file One file of token ids: a header of 96 bytes, then the ids, little-endian.
 *
 *   0  magic "SDTTIDS\0"     8  version u32          12  bytes an id u32 (2 or 4)
 *  16  vocabulary u32       20  0                    24  count u64
 *  32  tokenizer's SHA-256  64  corpus's SHA-256
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { userError } from "../../base/errors.js";
import { bytesOf } from "../../files/atomic.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";

/** Ids of which a window at a time is read: an array of them, or a file. */
export interface Ids {
  readonly length: number;
  subarray(start: number, end: number): ArrayLike<number>;
}

export interface ShardHeader {
  readonly vocabSize: number;
  readonly count: number;
  readonly tokenizerHash: string;
  readonly corpusHash: string;
}

export interface Shard extends ShardHeader {
  readonly ids: Ids;
  /** Where the ids are rows of a length and no stream: rows of that length are not cut anywhere else. */
  readonly rowLength?: number;
}

const magic = "SDTTIDS\0";
const version = 1;
const headerBytes = 96;

/** Two bytes an id, four when the vocabulary with its mask does not fit in two. */
function idBytes(vocabSize: number): 2 | 4 {
  return vocabSize < 2 ** 16 ? 2 : 4;
}

function packHeader(header: ShardHeader): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.write(magic, 0, "latin1");
  bytes.writeUInt32LE(version, 8);
  bytes.writeUInt32LE(idBytes(header.vocabSize), 12);
  bytes.writeUInt32LE(header.vocabSize, 16);
  bytes.writeBigUInt64LE(BigInt(header.count), 24);
  bytes.write(header.tokenizerHash, 32, "hex");
  bytes.write(header.corpusHash, 64, "hex");
  return bytes;
}

/** Writes ids piece by piece; the header, which needs their count, comes last. */
export class ShardWriter {
  private readonly file: number;

  /** Begins a file, or goes on with one after its first `count` ids; what it holds beyond them is dropped. */
  constructor(
    path: string,
    private readonly tokenizer: { readonly vocabSize: number; readonly hash: string },
    private count = 0,
  ) {
    this.file = openSync(path, count === 0 ? "w" : "r+");
    if (count === 0) this.write(Buffer.alloc(headerBytes), 0);
    const { size } = fstatSync(this.file);
    if (size < this.end && size > 0) {
      closeSync(this.file);
      const remedy = "Remove its folder and prepare the corpus again.";
      throw userError(`shard ${path}`, `the unfinished file must hold ${this.end} bytes`, size, remedy);
    }
    if (size > this.end) ftruncateSync(this.file, this.end);
  }

  private get end(): number {
    return headerBytes + this.count * idBytes(this.tokenizer.vocabSize);
  }

  private write(bytes: Uint8Array, at: number): void {
    const most = 1 << 30;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.file, bytes, done, Math.min(most, bytes.length - done), at + done);
    }
  }

  append(ids: Int32Array): void {
    const packed = idBytes(this.tokenizer.vocabSize) === 2 ? Uint16Array.from(ids) : Uint32Array.from(ids);
    this.write(bytesOf(packed), this.end);
    this.count += ids.length;
  }

  /** Makes what was appended survive a power cut. */
  sync(): void {
    fsyncSync(this.file);
  }

  /** Writes the header and makes the file durable. */
  finish(corpusHash: string): void {
    const { vocabSize, hash } = this.tokenizer;
    this.write(packHeader({ vocabSize, count: this.count, tokenizerHash: hash, corpusHash }), 0);
    this.sync();
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * Opens a shard; its ids are read from the file as they are asked for, so that it may be larger than memory.
 *
 * Throws   UserError when the file is missing, is not a shard, is cut off, or was made with another tokenizer
 */
export function openShard(path: string, tokenizer?: Pick<Tokenizer, "hash" | "isKnownAs">): Shard {
  const where = `shard ${path}`;
  const remedy = "Prepare the corpus again.";
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw userError(where, "the file must be readable", (error as NodeJS.ErrnoException).code, remedy, error);
  }
  try {
    const bytes = Buffer.alloc(headerBytes);
    const size = fstatSync(file).size;
    readSync(file, bytes, 0, headerBytes, 0);
    const header = unpackHeader(bytes, size, where);
    if (tokenizer && !tokenizer.isKnownAs(header.tokenizerHash)) {
      const rule = `the shard must be made with tokenizer ${tokenizer.hash.slice(0, 12)}`;
      const fix = "Prepare the corpus with this tokenizer, or give the tokenizer it was made with.";
      throw userError(where, rule, header.tokenizerHash.slice(0, 12), fix);
    }
    return { ...header, ids: idsOf(file, header, where) };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function unpackHeader(bytes: Buffer, size: number, where: string): ShardHeader {
  const remedy = "Prepare the corpus again.";
  if (size < headerBytes || bytes.toString("latin1", 0, 8) !== magic) {
    throw userError(where, "the file must begin as a shard does", `${size} bytes without its mark`, remedy);
  }
  const found = bytes.readUInt32LE(8);
  if (found !== version) throw userError(where, `the version must be ${version}`, found, remedy);
  const vocabSize = bytes.readUInt32LE(16);
  const count = Number(bytes.readBigUInt64LE(24));
  const expected = headerBytes + count * idBytes(vocabSize);
  if (size !== expected || bytes.readUInt32LE(12) !== idBytes(vocabSize)) {
    throw userError(where, `the file must be ${expected} bytes for ${count} ids`, size, remedy);
  }
  return {
    vocabSize,
    count,
    tokenizerHash: bytes.toString("hex", 32, 64),
    corpusHash: bytes.toString("hex", 64, 96),
  };
}

/** Files of shards that nobody reads any more are closed. */
const unused = new FinalizationRegistry<number>(closeSync);

function idsOf(file: number, { count, vocabSize }: ShardHeader, where: string): Ids {
  const size = idBytes(vocabSize);
  const ids: Ids = {
    length: count,
    subarray(start, end) {
      const from = Math.min(Math.max(0, start), count);
      const window = new (size === 2 ? Uint16Array : Uint32Array)(Math.max(0, Math.min(end, count) - from));
      const bytes = bytesOf(window);
      for (let done = 0; done < bytes.length; ) {
        const read = readSync(file, bytes, done, bytes.length - done, headerBytes + from * size + done);
        if (read === 0)
          throw userError(where, "the file must stay as it is", "fewer bytes", "Prepare the corpus again.");
        done += read;
      }
      return window;
    },
  };
  unused.register(ids, file);
  return ids;
}
