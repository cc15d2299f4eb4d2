/**
 * @file A source cut into pieces of about 8 MiB: the unit of work, of progress, and of what survives a crash.
 *
 * Where a piece ends depends on the source alone, not on workers, chunks or restarts. Bytes of text are read here, by
 * one thread, because the number of a line is known only by counting; rows of parquet are read by whoever has the piece.
 */
import { type ReadChunks, readChunks } from "../source/chunks.js";
import { type Cutter, type Form, openCutter, type TextForm } from "../source/cut.js";
import type { Block } from "../source/documents.js";
import type { EmbeddedName } from "../source/listing.js";
import { rowGroupsOf } from "../source/parquet.js";
import type { Source, SourceFile } from "../source/source.js";

/** Rows [rowStart, rowEnd) of a parquet file, within one row group. */
export interface Rows {
  readonly path: string;
  readonly name: string;
  readonly rowStart: number;
  readonly rowEnd: number;
}

export type Part =
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "rows"; readonly rows: Rows }
  | { readonly kind: "embedded"; readonly name: EmbeddedName };

/** Where the next piece begins: plain data, to be kept. */
export interface PieceCursor {
  readonly file: number;
  /** Byte (unpacked) in a text file, row group in a parquet file. */
  readonly at: number;
  /** Number of the record that comes next in its file, from 1. */
  readonly record: number;
  /** Records before it in the whole source. */
  readonly taken: number;
}

export const firstPiece: PieceCursor = { file: 0, at: 0, record: 1, taken: 0 };

export interface Piece {
  readonly parts: readonly Part[];
  readonly next: PieceCursor;
  /** Bytes of the source read so far, as they lie on the disk. */
  readonly readBytes: number;
}

export interface PieceOptions {
  readonly column: string;
  /** How text files hold their documents. */
  readonly documents: TextForm;
  readonly limit?: number;
  readonly pieceBytes?: number;
  readonly read?: ReadChunks;
}

interface Step {
  readonly part: Part;
  readonly size: number;
  readonly next: PieceCursor;
  readonly readBytes: number;
}

export const usualPieceBytes = 8 * 2 ** 20;

/**
 * The pieces of a source, from a cursor on.
 *
 * Holds    going on from a piece's cursor gives the pieces that would have followed
 * Holds    no more than a piece and the document that ends it is in memory
 * Throws   UserError at a file that cannot be read
 */
export async function* cutPieces(source: Source, options: PieceOptions, from = firstPiece): AsyncGenerator<Piece> {
  const { pieceBytes = usualPieceBytes } = options;
  let parts: Part[] = [];
  let room = pieceBytes;
  let last: Step | undefined;
  const take = (step: Step) => {
    parts.push(step.part);
    room -= step.size;
    last = step;
  };
  const full = (): Piece => {
    const { next, readBytes } = last as Step;
    const piece = { parts, next, readBytes };
    parts = [];
    room = pieceBytes;
    return piece;
  };
  for await (const step of stepsOf(source, options, from, () => room)) {
    take(step);
    if (room <= 0) yield full();
  }
  if (parts.length > 0) yield full();
}

async function* stepsOf(
  { embedded, files }: Source,
  options: PieceOptions,
  from: PieceCursor,
  room: () => number,
): AsyncGenerator<Step> {
  if (embedded && from.file === 0) {
    const next = { file: 1, at: 0, record: 1, taken: 0 };
    yield { part: { kind: "embedded", name: embedded }, size: 0, next, readBytes: 0 };
  }
  const { limit = Number.POSITIVE_INFINITY } = options;
  let before = 0;
  let cursor = from;
  for (const [i, file] of files.entries()) {
    if (i > cursor.file) cursor = { file: i, at: 0, record: 1, taken: cursor.taken };
    if (i === cursor.file && cursor.taken < limit) {
      const steps = file.form === "parquet" ? groupSteps(file, options.column, cursor, limit) : undefined;
      for await (const step of steps ?? blockSteps(file, options, cursor, limit, room)) {
        yield { ...step, readBytes: before + step.readBytes };
        cursor = step.next;
      }
    }
    before += file.sizeBytes;
  }
}

async function* groupSteps(
  { path, name, sizeBytes }: SourceFile,
  column: string,
  from: PieceCursor,
  limit: number,
): AsyncGenerator<Step> {
  const groups = await rowGroupsOf(path, column);
  let { taken } = from;
  for (const [i, { rowStart, rows, textBytes }] of groups.entries()) {
    if (i < from.at || taken >= limit || rows === 0) continue;
    const rowEnd = rowStart + Math.min(rows, limit - taken);
    taken += rowEnd - rowStart;
    const next = { file: from.file, at: i + 1, record: rowEnd + 1, taken };
    const readBytes = Math.round((sizeBytes * (i + 1)) / groups.length);
    yield { part: { kind: "rows", rows: { path, name, rowStart, rowEnd } }, size: textBytes, next, readBytes };
  }
}

async function* blockSteps(
  file: SourceFile,
  options: PieceOptions,
  from: PieceCursor,
  limit: number,
  room: () => number,
): AsyncGenerator<Step> {
  const form = file.form === "text" ? options.documents : (file.form as Form);
  const cutter = openCutter(file.path, form, { offset: from.at, record: from.record });
  // The head of a table is a record of its file, and none of its texts.
  const heads = file.columns && from.record === 1 ? 1 : 0;
  let isHeadOff = heads === 0;
  const last = from.record + heads + limit - from.taken - 1;
  let readBytes = 0;
  const step = (cut: ReturnType<Cutter["take"]>): Step | undefined => {
    if (!cut) return undefined;
    const { offset: at, record } = cutter.next;
    const next = { file: from.file, at, record, taken: from.taken + record - from.record - heads };
    const { path, name, columns, isWindows } = file;
    const block = { ...cut, path, name, form, ...(columns && { columns }), ...(isWindows && { isWindows }) };
    return { part: { kind: "block", block }, size: cut.bytes.length, next, readBytes };
  };
  for await (const chunk of (options.read ?? readChunks)(file, from.at)) {
    cutter.push(chunk.bytes);
    readBytes = chunk.read;
    isHeadOff ||= cutter.take(0, 1) !== undefined;
    if (!isHeadOff) continue;
    for (let made = step(cutter.take(room(), last)); made; made = step(cutter.take(room(), last))) {
      yield made;
      if (cutter.next.record > last) return;
    }
  }
  const rest = isHeadOff ? step(cutter.end()) : undefined;
  if (rest) yield rest;
}
