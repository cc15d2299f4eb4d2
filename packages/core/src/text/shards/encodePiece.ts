/**
 * @file One piece: its documents read, their spaces mended, encoded, and dealt to the splits.
 */
import { createHash } from "node:crypto";
import { userError } from "../../base/errors.js";
import type { TextForm } from "../source/cut.js";
import { type DetokenizerName, detokenize } from "../source/detokenizers.js";
import { type Document, documentsOf, type TextPlace } from "../source/documents.js";
import { embeddedDocuments } from "../source/embedded.js";
import type { Format } from "../source/kinds.js";
import { readRows } from "../source/parquet.js";
import { type Split, splitOf, splits } from "../source/split.js";
import { decodeUtf8 } from "../source/utf8.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Part, Piece, Rows } from "./pieces.js";

/** How documents are read from files: all that changes them, besides the files. */
export interface CorpusOptions {
  /** Column of a parquet file. */
  readonly column: string;
  /** Field of a line of JSON. */
  readonly field: string;
  /** How text files hold their documents. */
  readonly documents: TextForm;
  /** What files are, where their names do not say. */
  readonly format?: Format;
  readonly detokenizer: DetokenizerName;
  /** Only so many lines, rows or texts from the begin on. */
  readonly limit?: number;
}

export const plainCorpus: CorpusOptions = { column: "text", field: "text", documents: "file", detokenizer: "none" };

export interface EncodedSplit {
  readonly documents: number;
  /** Bytes of UTF-8. */
  readonly textBytes: number;
  readonly ids: Int32Array<ArrayBuffer>;
}

export interface Mended {
  readonly documents: number;
  readonly first?: string;
}

export interface EncodedPiece {
  readonly splits: Readonly<Record<Split, EncodedSplit>>;
  /** Documents with half of a surrogate pair, and where the first is. */
  readonly mended: Mended;
  /** SHA-256 of the ids and texts of its documents, hexadecimal. */
  readonly digest: string;
}

/** The documents of a piece as they lie in the source. */
export async function* documentsOfPiece(piece: Piece, place: TextPlace): AsyncGenerator<Document> {
  for (const part of piece.parts)
    yield* part.kind === "rows" ? documentsOfRows(part.rows, place.column) : read(part, place);
}

function read(part: Exclude<Part, { kind: "rows" }>, place: TextPlace): Iterable<Document> {
  return part.kind === "block" ? documentsOf(part.block, place) : embeddedDocuments(part.name);
}

async function* documentsOfRows({ path, name, rowStart, rowEnd }: Rows, column: string): AsyncGenerator<Document> {
  const values = await readRows(path, column, rowStart, rowEnd);
  for (const [i, value] of values.entries()) {
    const row = rowStart + i + 1;
    if (value === null) {
      const remedy = "Leave out rows without text, or name another --column.";
      throw userError(`corpus ${path}, row ${row}`, `${column} must be a string`, "null", remedy);
    }
    yield { id: `${name}:${row}`, text: decodeUtf8(value, () => `${path}, row ${row}`) };
  }
}

/** Whether it goes in, and as what text: documents of white space alone are left out. */
export function textOf({ text }: Document, detokenizer: DetokenizerName): string | undefined {
  const mended = text.trim() === "" ? "" : detokenize(detokenizer, text);
  return mended.trim() === "" ? undefined : mended;
}

/**
 * Encodes a piece; each document ends with end-of-text.
 *
 * The split is that of the document as it lies in the source, so that it is the same with every detokenizer.
 */
export async function encodePiece(piece: Piece, tokenizer: Tokenizer, options: CorpusOptions): Promise<EncodedPiece> {
  const hash = createHash("sha256");
  const made = perSplit(() => ({ documents: 0, textBytes: 0, ids: [] as Int32Array[] }));
  const end = Int32Array.of(tokenizer.endOfText);
  let mended: Mended = { documents: 0 };
  for await (const document of documentsOfPiece(piece, options)) {
    const text = textOf(document, options.detokenizer);
    if (text === undefined) continue;
    if (document.mended) mended = { documents: mended.documents + 1, first: mended.first ?? document.mended };
    hash.update(`${JSON.stringify([document.id, text])}\n`);
    const split = made[splitOf(document)];
    split.ids.push(tokenizer.encode(text), end);
    split.documents++;
    split.textBytes += Buffer.byteLength(text);
  }
  const joined = perSplit((split) => ({ ...made[split], ids: joinIds(made[split].ids) }));
  return { splits: joined, mended, digest: hash.digest("hex") };
}

function joinIds(pieces: readonly Int32Array[]): Int32Array<ArrayBuffer> {
  const joined = new Int32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

export function perSplit<T>(make: (split: Split) => T): Record<Split, T> {
  return Object.fromEntries(splits.map((split) => [split, make(split)])) as Record<Split, T>;
}
