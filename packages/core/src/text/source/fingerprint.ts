/**
 * @file By what a source is known again: the names and the bytes of its files.
 *
 * All bytes count: a change in the middle that keeps the size is another text. Hashing is spared where a file was hashed
 * before and its size, times and inode are as they were then; its time of change is set by every writing, whatever a
 * program does to the time of modification. A file that was written within the last two seconds is hashed again next
 * time: it could be written once more within a clock's tick.
 */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { userError } from "../../base/errors.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { plainChunks } from "./chunks.js";
import type { ListedFile, Listing } from "./listing.js";
import { walkFolder } from "./walk.js";

/** A file as it was when it was hashed. */
export interface HashedFile {
  readonly path: string;
  /** Size, times of modification and change, device and inode. */
  readonly state: string;
  readonly sha256: string;
}

/** Told while files are hashed, with the bytes so far and in all. */
export type OnHashed = (done: number, total: number) => void;

export interface Fingerprint {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** Every file by its name in the source. */
  readonly all: readonly { readonly name: string; readonly sha256: string }[];
  /** Those that need not be hashed again while they are as they were. */
  readonly files: readonly HashedFile[];
}

const keyOf = (path: string, state: string) => `${resolve(path)}\n${state}`;

const stateOf = ({ size, mtimeNs, ctimeNs, dev, ino }: ListedFile["stat"]): string =>
  [size, mtimeNs, ctimeNs, dev, ino].join(" ");

const settledNs = 2_000_000_000n;

/** What this process has hashed, by path and state. */
const hashedHere = new Map<string, string>();

/** Names, sizes and bytes of a source's files; `known` spares those that are as they were. */
export function fingerprintOf(
  { embedded, files }: Listing,
  known: readonly HashedFile[] = [],
  on: OnHashed = () => {},
): Fingerprint {
  const states = new Map(known.map(({ path, state, sha256 }) => [keyOf(path, state), sha256]));
  const hash = createHash("sha256").update(embedded ?? "files");
  const hashed: HashedFile[] = [];
  const all: { name: string; sha256: string }[] = [];
  const now = BigInt(Date.now()) * 1_000_000n;
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  for (const { path, name, sizeBytes, stat } of files) {
    const state = stateOf(stat);
    const key = keyOf(path, state);
    const sha256 = states.get(key) ?? hashedHere.get(key) ?? hashOfFile(path, (bytes) => on(done + bytes, total));
    done += sizeBytes;
    all.push({ name, sha256 });
    hash.update(`\n${JSON.stringify([name, sizeBytes, sha256])}`);
    if (stat.ctimeNs + settledNs >= now || stat.mtimeNs + settledNs >= now) continue;
    hashedHere.set(key, sha256);
    hashed.push({ path: resolve(path), state, sha256 });
  }
  return { hash: hash.digest("hex"), all, files: hashed };
}

function hashOfFile(path: string, on: (bytes: number) => void): string {
  const hash = createHash("sha256");
  for (const { bytes, read } of plainChunks(path)) {
    hash.update(bytes);
    on(read);
  }
  return hash.digest("hex");
}

/**
 * SHA-256 of a file's bytes, or of the names and bytes of a folder's files, hidden ones left out.
 *
 * @param memory a folder whose `sources.json` spares files that are as they were, and learns of others
 */
export function placeHash(path: string, memory: string): string {
  const stat = statSync(path, { bigint: true });
  const found = stat.isDirectory() ? walkFolder(path, () => false).files : [{ path, name: basename(path), stat }];
  const files = found.map((file) => ({ ...file, packing: "none" as const, sizeBytes: Number(file.stat.size) }));
  const known = rememberedHashes([memory]);
  const { all, files: settled } = fingerprintOf({ given: path, files, note: "" }, known);
  const kept = new Set(known.map((file) => keyOf(file.path, file.state)));
  const isLarge = files.some(({ sizeBytes }) => sizeBytes >= worthRemembering);
  const fresh = settled.filter((file) => !kept.has(keyOf(file.path, file.state)));
  if (isLarge && fresh.length > 0 && existsSync(memory))
    rememberHashes(memory, [...known, ...fresh].slice(-mostRemembered));
  if (!stat.isDirectory()) return all[0]?.sha256 as string;
  const hash = createHash("sha256");
  for (const { name, sha256 } of all) hash.update(`${name}\n${sha256}\n`);
  return hash.digest("hex");
}

/** Bytes of a file that takes a moment to hash. */
const worthRemembering = 1 << 26;

/** Throws   UserError where a file of the source is not as it was listed */
export function refuseChange({ given, files }: Listing): void {
  for (const { path, stat } of files) {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (now && stateOf(now) === stateOf(stat)) continue;
    const remedy = "Prepare it again, and let no program write to it meanwhile.";
    throw userError(`corpus ${given}`, "the source must stay as it is while it is read", `a change of ${path}`, remedy);
  }
}

const cacheFile = (folder: string) => join(folder, "sources.json");

/** More files than this are hashed each time: their list would be larger than it is worth. */
const mostRemembered = 100_000;

/** Keeps the hashes of a source's files in the folder that was prepared from them; a loss costs nothing but time. */
export function rememberHashes(folder: string, files: readonly HashedFile[]): void {
  if (files.length === 0 || files.length > mostRemembered) return;
  writeFileAtomic(cacheFile(folder), `${JSON.stringify({ version: 1, files })}\n`);
}

/** What the folders remember of files, those that can be read. */
export function rememberedHashes(folders: readonly string[]): HashedFile[] {
  return folders.flatMap((folder) => {
    try {
      const { version, files } = JSON.parse(readFileSync(cacheFile(folder), "utf8"));
      return version === 1 && Array.isArray(files) ? (files as HashedFile[]) : [];
    } catch {
      return [];
    }
  });
}

const edgeBytes = 1 << 16;

/** What folders were known by that were prepared at first: names, sizes, and the first and last 64 KiB of each file. */
export function edgesFingerprintOf({ embedded, files }: Listing): string {
  const hash = createHash("sha256").update(embedded ?? "files");
  for (const { path, name, sizeBytes } of files) {
    hash.update(`\n${JSON.stringify([name, sizeBytes])}`);
    for (const bytes of edgesOf(path, sizeBytes)) hash.update(bytes);
  }
  return hash.digest("hex");
}

function edgesOf(path: string, sizeBytes: number): Uint8Array[] {
  const file = openSync(path, "r");
  try {
    return [0, Math.max(0, sizeBytes - edgeBytes)].map((from) => {
      const bytes = Buffer.alloc(Math.min(edgeBytes, sizeBytes));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
    });
  } finally {
    closeSync(file);
  }
}
