/**
 * @file The files of a source: which are read, what they hold, and by what they are known again.
 *
 * Text and JSON lines may be mixed in a folder; parquet may not stand beside either, because such a .txt is a licence or
 * a list of files far more often than text. Files of other kinds are left alone.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { basename, join } from "node:path";
import { userError } from "../../base/errors.js";
import type { Packing } from "./chunks.js";
import { filesBelow, statOf } from "./corpus.js";

const embeddedNames = ["embedded", "embedded:sotu"] as const;
export type EmbeddedName = (typeof embeddedNames)[number];

export interface SourceFile {
  readonly path: string;
  /** Below the source, with "/" on every system. */
  readonly name: string;
  readonly kind: "text" | "jsonl" | "parquet";
  readonly packing: Packing;
  readonly sizeBytes: number;
}

export interface Source {
  readonly given: string;
  readonly embedded?: EmbeddedName;
  readonly files: readonly SourceFile[];
}

const sources =
  'Give "embedded", "embedded:sotu", a folder of .txt, .jsonl (both also .gz or .zst) or .parquet files, or one file.';

const kinds: readonly (readonly [RegExp, SourceFile["kind"]])[] = [
  [/\.parquet$/i, "parquet"],
  [/\.(jsonl|ndjson)(\.gz|\.zst)?$|\.json(\.gz|\.zst)$/i, "jsonl"],
  [/\.txt(\.gz|\.zst)?$/i, "text"],
];

/**
 * Lists the files of a source, in the order of their names; nothing of them is read.
 *
 * Throws   UserError when there is none, or when parquet stands beside text
 */
export function openSource(given: string): Source {
  const embedded = embeddedNames.find((name) => name === given);
  if (embedded) return { given, embedded, files: [] };
  const stat = statOf(given, sources);
  if (!stat.isDirectory()) {
    const name = basename(given);
    return { given, files: [{ path: given, name, kind: kindOf(name) ?? "text", ...packed(name, stat.size) }] };
  }
  const files = filesBelow(given).flatMap((name): SourceFile[] => {
    const kind = kindOf(name);
    const path = join(given, name);
    return kind ? [{ path, name, kind, ...packed(name, statOf(path).size) }] : [];
  });
  if (files.length === 0) throw userError(`corpus ${given}`, "the folder must hold text", "0 such files", sources);
  refuseMixture(given, files);
  return { given, files };
}

function kindOf(name: string): SourceFile["kind"] | undefined {
  return kinds.find(([pattern]) => pattern.test(name))?.[1];
}

function packed(name: string, sizeBytes: number): Pick<SourceFile, "packing" | "sizeBytes"> {
  return { packing: /\.gz$/i.test(name) ? "gzip" : /\.zst$/i.test(name) ? "zstd" : "none", sizeBytes };
}

function refuseMixture(given: string, files: readonly SourceFile[]): void {
  const parquet = files.filter(({ kind }) => kind === "parquet");
  const other = files.find(({ kind }) => kind !== "parquet");
  if (parquet.length === 0 || !other) return;
  const got = `${parquet.length} .parquet and ${files.length - parquet.length} other (${other.name})`;
  const remedy = "Move one kind to a folder of its own.";
  throw userError(`corpus ${given}`, "a folder must not hold parquet beside .txt or .jsonl files", got, remedy);
}

const edgeBytes = 1 << 16;

/**
 * By what a source is known again: names, sizes, and the first and last 64 KiB of each file.
 *
 * A change in the middle that keeps the size goes unnoticed; hashing all of it would cost as much as reading it.
 */
export function fingerprintOf({ embedded, files }: Source): string {
  const hash = createHash("sha256");
  hash.update(embedded ?? "files");
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
