/**
 * @file A stream of bytes cut into blocks that end where a record ends, whatever the sizes of its chunks.
 *
 * Only block ends are decided here, on bytes; what a record says is documents.ts's business, mostly in another thread.
 */
import { userError } from "../../base/errors.js";
import { endOfTextToken } from "../tokenizer/tokenizerFile.js";

/** How a file holds its documents: JSON lines, texts between `<|endoftext|>`, a line each, or WikiText's articles. */
export type Form = "jsonl" | "file" | "line" | "article";

export interface Cut {
  /** Whole records, in memory of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of the first record in its file, from 1. */
  readonly first: number;
  /** Place of the block in its file (unpacked), in bytes. */
  readonly offset: number;
  /** Whether the block is all of the file and one record. */
  readonly whole: boolean;
}

export interface Cutter {
  push(chunk: Uint8Array): void;
  /** The next block: it ends with the first record that fills `wanted` bytes, or with record number `last`. */
  take(wanted: number, last: number): Cut | undefined;
  /** What is left at the end of the file; undefined when that is nothing. */
  end(): Cut | undefined;
  /** Place of what comes next: its byte and its record. */
  readonly next: { readonly offset: number; readonly record: number };
  readonly heldBytes: number;
}

/** A longer document is refused: it would have to be held in memory, several times over. */
export const longestDocument = 64 * 2 ** 20;

/** The end of a record and the begin of the next; undefined when it is not in the bytes yet. */
type Finder = (bytes: Buffer, from: number, isLast: boolean) => readonly [end: number, next: number] | undefined;

const delimited =
  (delimiter: string): Finder =>
  (bytes, from) => {
    const at = bytes.indexOf(delimiter, from, "latin1");
    return at < 0 ? undefined : [at, at + delimiter.length];
  };

/** Before a line as ` = Title = `; sections have more signs, as ` = = Plot = = `. */
const articleStart: Finder = (bytes, from, isLast) => {
  for (let at = bytes.indexOf("\n = ", from); at >= 0; at = bytes.indexOf("\n = ", at + 1)) {
    const found = bytes.indexOf(10, at + 1);
    if (found < 0 && !isLast) return undefined;
    const line = bytes.toString("latin1", at + 1, found < 0 ? bytes.length : found);
    if (/^ = [^=].* =\s*$/.test(line)) return [at + 1, at + 1];
  }
  return undefined;
};

const finders: Record<Form, Finder> = {
  jsonl: delimited("\n"),
  line: delimited("\n"),
  file: delimited(endOfTextToken),
  article: articleStart,
};

/** The records of a block, as [start, end) in its bytes. */
export function* recordsIn(form: Form, block: Uint8Array): Generator<readonly [start: number, end: number]> {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  let start = 0;
  for (let found = finders[form](bytes, 0, true); found; found = finders[form](bytes, start, true)) {
    yield [start, found[0]];
    start = found[1];
  }
  yield [start, bytes.length];
}

/** Begins to cut a file at a place where a record begins. */
export function openCutter(path: string, form: Form, at = { offset: 0, record: 1 }): Cutter {
  const find = finders[form];
  let held = Buffer.alloc(0);
  let { offset, record } = at;
  let scanned = 0;
  let records = 0;

  const cut = (end: number, next: number, count: number, whole: boolean): Cut => {
    const made = { bytes: new Uint8Array(held.subarray(0, end)), first: record, offset, whole };
    held = held.subarray(next);
    offset += next;
    record += count;
    scanned = records = 0;
    return made;
  };
  return {
    push(chunk) {
      held = Buffer.concat([held, chunk]);
      if (held.length - scanned <= longestDocument || find(held, scanned, false)) return;
      const rule = `a document must be at most ${longestDocument / 2 ** 20} MiB`;
      const remedy = `Put ${endOfTextToken} between documents, or prepare with --documents=line or --documents=article.`;
      throw userError(
        `corpus ${path}`,
        rule,
        `more (record ${record + records}, from byte ${offset + scanned})`,
        remedy,
      );
    },
    take(wanted, last) {
      for (let found = find(held, scanned, false); found; found = find(held, scanned, false)) {
        const [end, next] = found;
        scanned = next;
        records++;
        if (end >= wanted || record + records > last) return cut(end, next, records, false);
      }
      return undefined;
    },
    end() {
      for (let found = find(held, scanned, true); found; found = find(held, scanned, true)) {
        scanned = found[1];
        records++;
      }
      if (held.length === 0) return undefined;
      return cut(held.length, held.length, records + 1, record === 1 && records === 0);
    },
    get next() {
      return { offset, record };
    },
    get heldBytes() {
      return held.length;
    },
  };
}
