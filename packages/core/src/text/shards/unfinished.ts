/**
 * @file A corpus that is being prepared: its files so far, and a journal of what in them counts.
 *
 * Ids are appended to SPLIT.bin.part; then progress.json is replaced, which says how many of them count and where the
 * source goes on. Whatever kills the process, the next one drops what the journal does not know of and goes on. When
 * all is encoded the journal holds the manifest, the files get their names, and the journal goes.
 */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import { discard, syncFolder, writeFileAtomic } from "../../files/atomic.js";
import { type Split, splits } from "../source/split.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type EncodedPiece, type Mended, perSplit } from "./encodePiece.js";
import { firstPiece, type PieceCursor } from "./pieces.js";
import { ShardWriter } from "./shardFile.js";

/** What was asked for; a prepared folder is of use only to who asks for the same. */
export interface Order {
  readonly source: string;
  readonly fingerprint: string;
  /** 2: of all bytes (fingerprint.ts); left out where it is of sizes and edges, as it was at first. */
  readonly fingerprintVersion?: 2;
  readonly tokenizerHash: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SplitSize {
  readonly file: string;
  readonly documents: number;
  readonly tokens: number;
  /** Bytes of UTF-8, for figures per byte. */
  readonly textBytes: number;
}

export interface ShardManifest extends Partial<Pick<Order, "fingerprint" | "fingerprintVersion" | "options">> {
  readonly version: 1;
  readonly source: string;
  readonly tokenizerHash: string;
  readonly corpusHash: string;
  readonly vocabSize: number;
  readonly splits: Readonly<Record<Split, SplitSize>>;
  /** Left out where there are none. */
  readonly mended?: Mended;
}

export interface Journal {
  readonly version: 1;
  readonly order: Order;
  readonly pieces: number;
  readonly cursor: PieceCursor;
  /** Of one piece its digest; of more, SHA-256(hash before, digest), hexadecimal. */
  readonly corpusHash: string;
  readonly splits: Readonly<Record<Split, SplitSize>>;
  readonly mended?: Mended;
  /** There when all is encoded. */
  readonly manifest?: ShardManifest;
}

export const manifestFile = (out: string): string => join(out, "manifest.json");
const journalFile = (out: string) => join(out, "progress.json");
const partFile = (out: string, split: Split) => join(out, `${split}.bin.part`);

export function newJournal(order: Order): Journal {
  const sizes = perSplit((split) => ({ file: `${split}.bin`, documents: 0, tokens: 0, textBytes: 0 }));
  return { version: 1, order, pieces: 0, cursor: firstPiece, corpusHash: "", splits: sizes };
}

export const readJournal = (out: string): Journal | undefined => readJson<Journal>(journalFile(out));
export const readManifest = (out: string): ShardManifest | undefined => readJson<ShardManifest>(manifestFile(out));

function readJson<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    const remedy = "Remove its folder and prepare the corpus again.";
    throw userError(`prepare ${path}`, "the file must be JSON", (error as Error).message, remedy, error);
  }
}

export interface PartFiles {
  append(piece: EncodedPiece): void;
  /** Makes the journal true of the files, durably. */
  commit(journal: Journal): void;
  finish(corpusHash: string): void;
  close(): void;
}

/** Opens the files of an unfinished corpus at the place where the journal is. */
export function openParts(out: string, tokenizer: Tokenizer, { splits: sizes }: Journal): PartFiles {
  const writers = new Map<Split, ShardWriter>();
  const close = () => {
    for (const writer of writers.values()) writer.close();
  };
  try {
    for (const split of splits) {
      writers.set(split, new ShardWriter(partFile(out, split), tokenizer, sizes[split].tokens));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    append(piece) {
      for (const [split, writer] of writers) writer.append(piece.splits[split].ids);
    },
    commit(journal) {
      for (const writer of writers.values()) writer.sync();
      writeFileAtomic(journalFile(out), `${JSON.stringify(journal, null, 2)}\n`);
    },
    finish(corpusHash) {
      for (const writer of writers.values()) writer.finish(corpusHash);
    },
    close,
  };
}

/** Gives finished files their names, the manifest last; may be done again after a crash in its midst. */
export function publish(out: string, manifest: ShardManifest, on: (renamed: Split) => void = () => {}): void {
  for (const split of splits) {
    if (!existsSync(partFile(out, split))) continue;
    renameSync(partFile(out, split), join(out, `${split}.bin`));
    on(split);
  }
  syncFolder(out);
  writeFileAtomic(manifestFile(out), `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(journalFile(out), { force: true });
}

/** Removes an unfinished corpus. */
export function discardParts(out: string): void {
  for (const split of splits) discard(partFile(out, split));
  discard(journalFile(out));
}
