/**
 * @file A corpus as token shards on disk: train.bin, validation.bin, test.bin and manifest.json.
 *
 * Documents are walked once and streamed; each ends with end-of-text. The manifest comes last: a folder without one
 * is not a prepared corpus.
 */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { discard, explainWriteError, syncFolder, temporaryName, writeFileAtomic } from "../checkpoint/atomic.js";
import { userError } from "../errors.js";
import { type Document, openCorpus } from "./corpus.js";
import { ShardWriter } from "./shardFile.js";
import { type Split, splitOf, splits } from "./split.js";
import type { Tokenizer } from "./tokenizer.js";

export { type Ids, openShard, type Shard, type ShardHeader } from "./shardFile.js";

export interface ShardManifest {
  readonly version: 1;
  readonly source: string;
  readonly tokenizerHash: string;
  readonly corpusHash: string;
  readonly vocabSize: number;
  readonly splits: Readonly<Record<Split, SplitSize>>;
}

export interface SplitSize {
  readonly file: string;
  readonly documents: number;
  readonly tokens: number;
  /** Bytes of UTF-8, for figures per byte. */
  readonly textBytes: number;
}

/**
 * Encodes a corpus and writes its shards; documents of white space alone are left out.
 *
 * Holds    nothing is replaced when the corpus is empty, unreadable, or the disk is full
 * Throws   UserError in these cases
 */
export function prepareShards(options: { source: string; tokenizer: Tokenizer; out: string }): ShardManifest {
  const { source, tokenizer, out } = options;
  const documents = openCorpus(source);
  const target = (split: Split) => join(out, `${split}.bin`);
  try {
    mkdirSync(out, { recursive: true });
    const manifest = writeShards(documents, source, tokenizer, (split) => temporaryName(target(split)));
    rmSync(join(out, "manifest.json"), { force: true });
    for (const split of splits) renameSync(temporaryName(target(split)), target(split));
    syncFolder(out);
    writeFileAtomic(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (error) {
    throw explainWriteError(out, error);
  } finally {
    for (const split of splits) discard(temporaryName(target(split)));
  }
}

function writeShards(
  documents: Iterable<Document>,
  source: string,
  tokenizer: Tokenizer,
  pathOf: (split: Split) => string,
): ShardManifest {
  const openFiles: ShardWriter[] = [];
  const perSplit = <T>(make: (split: Split) => T) =>
    Object.fromEntries(splits.map((split) => [split, make(split)])) as Record<Split, T>;
  try {
    const writers = perSplit((split) => {
      const writer = new ShardWriter(pathOf(split), tokenizer);
      openFiles.push(writer);
      return writer;
    });
    const sizes = perSplit(() => ({ documents: 0, textBytes: 0 }));
    const corpusHash = encodeInto(documents, tokenizer, writers, sizes);
    checkSizes(source, sizes);
    const finished = perSplit((split) => ({
      file: `${split}.bin`,
      documents: sizes[split].documents,
      tokens: writers[split].finish(corpusHash),
      textBytes: sizes[split].textBytes,
    }));
    const { hash: tokenizerHash, vocabSize } = tokenizer;
    return { version: 1, source, tokenizerHash, corpusHash, vocabSize, splits: finished };
  } finally {
    for (const writer of openFiles) writer.close();
  }
}

type Sizes = Record<Split, { documents: number; textBytes: number }>;

/** Encodes document by document; gives the hash of all ids and texts, in order. */
function encodeInto(
  documents: Iterable<Document>,
  tokenizer: Tokenizer,
  writers: Record<Split, ShardWriter>,
  sizes: Sizes,
): string {
  const hash = createHash("sha256");
  const end = Int32Array.of(tokenizer.endOfText);
  for (const document of documents) {
    if (document.text.trim() === "") continue;
    hash.update(`${JSON.stringify([document.id, document.text])}\n`);
    const split = splitOf(document);
    writers[split].append(tokenizer.encode(document.text));
    writers[split].append(end);
    sizes[split].documents++;
    sizes[split].textBytes += Buffer.byteLength(document.text);
  }
  return hash.digest("hex");
}

function checkSizes(source: string, sizes: Sizes): void {
  const total = splits.reduce((sum, split) => sum + sizes[split].documents, 0);
  const where = `corpus ${source}`;
  if (total === 0) {
    throw userError(where, "the corpus must hold text", "no document that is not empty", "Give a corpus with text.");
  }
  if (sizes.train.documents === 0) {
    const rule = "the training split must hold a document";
    const remedy = "Give more documents: files in a folder, lines of JSONL, or <|endoftext|> between them in a file.";
    throw userError(where, rule, `${total} in other splits`, remedy);
  }
}
