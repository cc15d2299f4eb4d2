/**
 * @file Where text comes from, read in one go: the embedded corpora, a folder, a JSONL file, a single file.
 *
 * A corpus is a sequence of documents that can be walked more than once; nothing is kept in memory beyond a document
 * and its neighbours. Text must be UTF-8 and is otherwise taken as it is. Parquet and packed files are read by `prepare`
 * alone (source.ts, pieces.ts), which must wait for them.
 */
import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { userError } from "../../base/errors.js";
import { plainChunks } from "./chunks.js";
import { openCutter } from "./cut.js";
import { type Document, documentsOf } from "./documents.js";
import { embeddedBible, embeddedSotu } from "./embedded.js";

export type { Document } from "./documents.js";

const sources = 'Give "embedded", "embedded:sotu", a folder of .txt or .jsonl files, or one such file.';

/**
 * Opens a corpus by name or path; walking it twice gives the same documents.
 *
 * `embedded` is the King James Bible by chapter, `embedded:sotu` the State of the Union addresses. In a folder, files
 * are taken in the order of their names. A text file is one document, or several with `<|endoftext|>` between them.
 *
 * Throws   UserError when the source is not there, or, while walking, when a text is not UTF-8 or a line not JSON
 */
export function openCorpus(source: string): Iterable<Document> {
  if (source === "embedded") return walkable(embeddedBible);
  if (source === "embedded:sotu") return walkable(embeddedSotu);
  if (statOf(source).isDirectory()) {
    const names = filesBelow(source).filter((name) => /\.(txt|jsonl)$/i.test(name));
    if (names.length === 0)
      throw userError(`corpus ${source}`, "the folder must hold .txt or .jsonl files", 0, sources);
    return walkable(() => folderDocuments(source, names));
  }
  if (/\.(parquet|gz|zst)$/i.test(source)) throw userError("corpus", "the source must be text here", source, sources);
  return walkable(() => fileDocuments(source, basename(source)));
}

function walkable(walk: () => Iterator<Document>): Iterable<Document> {
  return { [Symbol.iterator]: walk };
}

export function statOf(source: string, remedy = sources): Stats {
  try {
    return statSync(source);
  } catch (error) {
    throw userError("corpus", "the source must exist", source, remedy, error);
  }
}

/** Paths below the folder, with "/" on every system, in the order of their code units. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
}

function* folderDocuments(folder: string, names: readonly string[]): Generator<Document> {
  for (const name of names) yield* fileDocuments(join(folder, name), name);
}

const blockBytes = 1 << 20;

function* fileDocuments(path: string, name: string): Generator<Document> {
  const form = /\.jsonl$/i.test(path) ? "jsonl" : "file";
  const cutter = openCutter(path, form);
  const next = () => cutter.take(blockBytes, Number.POSITIVE_INFINITY);
  for (const { bytes } of plainChunks(path)) {
    cutter.push(bytes);
    for (let cut = next(); cut; cut = next()) yield* documentsOf({ ...cut, path, name, form }, "text");
  }
  const last = cutter.end();
  if (last) yield* documentsOf({ ...last, path, name, form }, "text");
}
