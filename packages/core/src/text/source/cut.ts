/**
 * @file A stream of bytes cut into blocks that end where a record ends, whatever the sizes of its chunks.
 *
 * Only block ends are decided here, on bytes; what a record says is documents.ts's business, mostly in another thread.
 */
import { userError } from "../../base/errors.js";
import { endOfTextToken } from "../tokenizer/tokenizerFile.js";
import {
  elementIsLeft,
  type Finder,
  Misplaced,
  nextElement,
  nextValue,
  type RestIsRecord,
  valueIsLeft,
} from "./jsonValues.js";
import { nextRow } from "./rows.js";

/**
 * How a file holds its documents: JSON lines, a JSON list, JSON objects one after another, rows of a table, texts between
 * `<|endoftext|>`, a line each, or WikiText's articles.
 */
export type Form = "jsonl" | "array" | "values" | "csv" | "tsv" | TextForm;

/** How a text file holds its documents. */
export type TextForm = (typeof textForms)[number];
export const textForms = ["file", "line", "article"] as const;

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

const delimited =
  (delimiter: string): Finder =>
  (bytes, from) => {
    const at = bytes.indexOf(delimiter, from, "latin1");
    return at < 0 ? undefined : [from, at, at + delimiter.length];
  };

/** Before a line as ` = Title = `; sections have more signs, as ` = = Plot = = `. */
const articleStart: Finder = (bytes, from, isLast) => {
  for (let at = bytes.indexOf("\n = ", from); at >= 0; at = bytes.indexOf("\n = ", at + 1)) {
    const found = bytes.indexOf(10, at + 1);
    if (found < 0 && !isLast) return undefined;
    const line = bytes.toString("latin1", at + 1, found < 0 ? bytes.length : found);
    if (/^ = [^=].* =\s*$/.test(line)) return [from, at + 1, at + 1];
  }
  return undefined;
};

const finders: Record<Form, Finder> = {
  jsonl: delimited("\n"),
  array: nextElement,
  values: nextValue,
  csv: nextRow(","),
  tsv: nextRow("\t"),
  line: delimited("\n"),
  file: delimited(endOfTextToken),
  article: articleStart,
};

/** Whether what is left behind the last record is one, too; JSON brings its ends with it. */
const restIsRecord: Partial<Record<Form, RestIsRecord>> = { array: elementIsLeft, values: valueIsLeft };

/** The records of a block, as [start, end) in its bytes. */
export function* recordsIn(
  form: Form,
  { bytes: block, first }: Pick<Cut, "bytes" | "first">,
): Generator<readonly [start: number, end: number]> {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  let from = 0;
  let isFirst = first === 1;
  for (let found = finders[form](bytes, 0, true, isFirst); found; ) {
    const [start, end, next] = found;
    yield [start, end];
    from = next;
    isFirst = false;
    found = finders[form](bytes, from, true, isFirst);
  }
  if (restIsRecord[form]?.(bytes, from, isFirst, true) ?? true) yield [from, bytes.length];
}

/** Begins to cut a file at a place where a record begins. */
export function openCutter(path: string, form: Form, at = { offset: 0, record: 1 }): Cutter {
  let held = Buffer.alloc(0);
  let { offset, record } = at;
  let scanned = 0;
  let records = 0;

  const isFirst = () => record === 1 && records === 0;
  /** The next record that is not in the block yet. */
  const next = (isLast: boolean) =>
    explained(path, record + records, () => finders[form](held, scanned, isLast, isFirst()));
  const cut = (end: number, after: number, count: number, whole: boolean): Cut => {
    const made = { bytes: new Uint8Array(held.subarray(0, end)), first: record, offset, whole };
    held = held.subarray(after);
    offset += after;
    record += count;
    scanned = records = 0;
    return made;
  };
  return {
    push(chunk) {
      held = Buffer.concat([held, chunk]);
      if (held.length - scanned <= longestDocument || next(false)) return;
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
      for (let found = next(false); found; found = next(false)) {
        const [, end, after] = found;
        scanned = after;
        records++;
        if (end >= wanted || record + records > last) return cut(end, after, records, false);
      }
      return undefined;
    },
    end() {
      for (let found = next(true); found; found = next(true)) {
        scanned = found[2];
        records++;
      }
      if (held.length === 0) return undefined;
      if (explained(path, record + records, () => restIsRecord[form]?.(held, scanned, isFirst(), false) ?? true)) {
        return cut(held.length, held.length, records + 1, record === 1 && records === 0);
      }
      return records > 0 ? cut(scanned, held.length, records, false) : undefined;
    },
    get next() {
      return { offset, record };
    },
    get heldBytes() {
      return held.length;
    },
  };
}

/** What a finder says of bytes that are in the wrong place, with the file and the record. */
function explained<T>(path: string, record: number, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof Misplaced)) throw error;
    const remedy = "Mend the file, or download it again.";
    throw userError(`corpus ${path}, item ${record}`, error.rule, error.got, remedy, error);
  }
}
