/**
 * @file The texts of a source, one by one: the one reader of all commands.
 *
 * Whatever the source is, a folder of parquet, packed lines or a single text, its documents are those that `prepare`
 * would encode. What was left alone or mended is said on standard error, once.
 */
import { withoutByteOrderMark } from "../../base/byteOrderMark.js";
import { userError } from "../../base/errors.js";
import { sayOnce } from "../../base/sayOnce.js";
import { type CorpusOptions, documentsOfPiece, plainCorpus, textOf } from "../shards/encodePiece.js";
import { cutPieces, type Piece } from "../shards/pieces.js";
import { readChunks } from "./chunks.js";
import { type Document, recordsOf, type SourceRecord } from "./documents.js";
import type { Format } from "./kinds.js";
import { listSource } from "./listing.js";
import { rowObjects } from "./parquet.js";
import { openSource, type SourceFile } from "./source.js";
import { nothingToTrainOn, type Split, splitOf } from "./split.js";
import { decodeUtf8 } from "./utf8.js";

type Options = Partial<CorpusOptions>;

async function* piecesOf(source: string, corpus: CorpusOptions): AsyncGenerator<Piece> {
  const listing = listSource(source, corpus.format);
  sayOnce(listing.note);
  yield* cutPieces(await openSource(listing, corpus.column), corpus);
}

/**
 * The documents of a source, in order.
 *
 * Throws   UserError when the source is not there, or, while walking, where it cannot be read
 */
export async function* readDocuments(source: string, options: Options = {}): AsyncGenerator<Document> {
  const corpus = { ...plainCorpus, ...options };
  for await (const piece of piecesOf(source, corpus)) {
    for await (const document of documentsOfPiece(piece, corpus)) {
      if (document.mended) sayOnce(`corpus ${source}: half of a surrogate pair is read as U+FFFD (${document.mended})`);
      yield document;
    }
  }
}

/** The texts that would be encoded for a split, in order. Throws as `readDocuments` does */
export async function* readTexts(source: string, split: Split, options: Options = {}): AsyncGenerator<string> {
  const { detokenizer } = { ...plainCorpus, ...options };
  for await (const document of readDocuments(source, options)) {
    const text = splitOf(document) === split ? textOf(document, detokenizer) : undefined;
    if (text !== undefined) yield text;
  }
}

/** The texts to train on, in order. Throws   as `readDocuments` does, and where there are texts, all of them held out */
export async function* readTrainingTexts(source: string, options: Options = {}): AsyncGenerator<string> {
  const { detokenizer } = { ...plainCorpus, ...options };
  const counts = { train: 0, held: 0 };
  for await (const document of readDocuments(source, options)) {
    const text = textOf(document, detokenizer);
    if (text === undefined) continue;
    const isTrained = splitOf(document) === "train";
    counts[isTrained ? "train" : "held"]++;
    if (isTrained) yield text;
  }
  if (counts.train === 0 && counts.held > 0) throw nothingToTrainOn(source, counts.held);
}

/**
 * The records of a file of JSON, of a table or of parquet, whole.
 *
 * Throws   UserError where the source holds none, such as plain text
 */
export async function* readRecords(source: string): AsyncGenerator<SourceRecord> {
  const listing = listSource(source);
  sayOnce(listing.note);
  const { files, embedded } = await openSource(listing);
  const plain = files.find(({ form }) => form === "text");
  if (plain || embedded) {
    const remedy = "Give .jsonl, .json, .csv, .tsv or .parquet.";
    throw userError(`corpus ${source}`, "it must be of records", plain ? "plain text" : "an embedded corpus", remedy);
  }
  for (const file of files) {
    if (file.form === "parquet") yield* rowObjects(file.path);
    else
      for await (const { parts } of cutPieces({ given: source, files: [file] }, plainCorpus)) {
        for (const part of parts) if (part.kind === "block") yield* recordsOf(part.block);
      }
  }
}

/**
 * All the text of a source of a size that a memory holds: texts as they stand, records as a line each.
 *
 * Throws   as `readDocuments` does
 */
export async function readWhole(source: string, options: Options = {}): Promise<string> {
  const { files, embedded } = await openSource(listSource(source, options.format));
  if (!embedded && files.every(({ form }) => form === "text")) return readFileText(source, options.format);
  const texts: string[] = [];
  for await (const { text } of readDocuments(source, options)) texts.push(text.endsWith("\n") ? text : `${text}\n`);
  return texts.join("");
}

/**
 * What stands in files that a memory holds: unpacked, without a byte-order mark, lines ended as everywhere but on
 * Windows; rows of parquet as lines of JSON.
 *
 * Throws   as `readDocuments` does
 */
export async function readFileText(source: string, format?: Format): Promise<string> {
  const texts: string[] = [];
  for (const file of (await openSource(listSource(source, format))).files) {
    if (file.form !== "parquet") texts.push(await textOfFile(file));
    else for await (const { value } of rowObjects(file.path)) texts.push(`${JSON.stringify(value)}\n`);
  }
  return texts.join("");
}

async function textOfFile(file: SourceFile): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of readChunks(file, 0)) chunks.push(bytes);
  const text = decodeUtf8(Buffer.concat(chunks), () => file.path);
  return withoutByteOrderMark(text).replaceAll("\r\n", "\n");
}
