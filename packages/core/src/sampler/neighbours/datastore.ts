/**
 * @file A datastore: trunk states at masked positions of a text, with the tokens that stood there.
 *
 *   datastore.json (what it is of) · keys.bin [n, D] float32 · tokens.bin [n] int32 · counts.bin [n] float32
 *
 * Keys are read in blocks wherever they are looked through, so that no more of them than a block is ever in memory. Whole or not there:
 * datastore.json is written last.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../../base/errors.js";
import { reusedMemory } from "../../base/memory.js";
import { bytesOf, writeFileAtomic } from "../../files/atomic.js";
import { readJson } from "../../files/json.js";

const count = z.int().nonnegative();

const facts = z.object({
  kind: z.literal("sdtt-datastore"),
  version: z.literal(1),
  /** Hash of the weights whose states the keys are. */
  checkpoint: z.string(),
  corpusHash: z.string(),
  /** D */
  width: z.int().positive(),
  /** n, after merging. */
  entries: z.int().positive(),
  /** Before it. */
  drawn: z.int().positive(),
  /** Neighbours that an entry was merged with at most; 0: none was. */
  merged: count,
  /** Masked positions of a row that became keys. */
  perRow: z.int().positive(),
  seed: count,
  /** T: the squared distance by which a neighbour's weight falls to 1/e; median distance to the nearest other entry. */
  scale: z.number().positive(),
});

export type DatastoreFacts = z.output<typeof facts>;

export interface Datastore {
  readonly facts: DatastoreFacts;
  readonly tokens: Int32Array;
  /** How many entries each stands for. */
  readonly counts: Float32Array;
  /** Keys `from` … `to` − 1, until others are asked for. [to − from, D] */
  keys(from: number, to: number): Float32Array;
  close(): void;
}

/** Rows of D floats of a file, block by block. */
export function keysIn(path: string, width: number) {
  const file = openSync(path, "r");
  const memory = reusedMemory();
  return {
    read(from: number, to: number): Float32Array {
      const all = memory((to - from) * width);
      const bytes = new Uint8Array(all.buffer, all.byteOffset, all.byteLength);
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(file, bytes, at, bytes.length - at, 4 * from * width + at);
        if (read === 0) throw userError(path, "it must have the keys that its datastore.json says", "fewer", remedy);
        at += read;
      }
      return all;
    },
    close: () => closeSync(file),
  };
}

const remedy = "Build it again: eval:datastore.";

const whole = (path: string): ArrayBuffer => {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
};

/** Throws   UserError where there is none, or it is not whole */
export function openDatastore(folder: string): Datastore {
  const where = `datastore ${folder}`;
  const path = join(folder, "datastore.json");
  const found = facts.safeParse(readJson({ where, what: "datastore.json", path, remedy }));
  if (!found.success) {
    const { path: field = [], message } = found.error.issues[0] ?? { message: "" };
    throw userError(where, "datastore.json must describe it", `${field.join(".")}: ${message}`, remedy);
  }
  const { entries, width } = found.data;
  const tokens = new Int32Array(whole(join(folder, "tokens.bin")));
  const counts = new Float32Array(whole(join(folder, "counts.bin")));
  if (tokens.length !== entries || counts.length !== entries) {
    throw userError(where, `it must have ${entries} tokens and counts`, `${tokens.length}, ${counts.length}`, remedy);
  }
  const keys = keysIn(join(folder, "keys.bin"), width);
  return { facts: found.data, tokens, counts, keys: keys.read, close: keys.close };
}

export const isDatastore = (folder: string): boolean => existsSync(join(folder, "datastore.json"));

export interface NewDatastore {
  readonly facts: Omit<DatastoreFacts, "kind" | "version">;
  readonly tokens: Int32Array;
  readonly counts: Float32Array;
  /** Its keys, in pieces. */
  readonly keys: Iterable<Float32Array>;
}

/** Writes a folder that is there. */
export function writeDatastore(folder: string, { facts: own, tokens, counts, keys }: NewDatastore): void {
  const pieces = function* () {
    for (const piece of keys) yield bytesOf(piece);
  };
  rmSync(join(folder, "datastore.json"), { force: true });
  writeFileAtomic(join(folder, "keys.bin"), pieces());
  writeFileAtomic(join(folder, "tokens.bin"), [bytesOf(tokens)]);
  writeFileAtomic(join(folder, "counts.bin"), [bytesOf(counts)]);
  const described = { kind: "sdtt-datastore", version: 1, ...own };
  writeFileAtomic(join(folder, "datastore.json"), `${JSON.stringify(described, null, 2)}\n`);
}
