/**
 * @file What the documents of a block are: their ids, their text, and what is refused.
 *
 * A text whose first line ends as on Windows is read with everybody's line ends, and byte-order marks are no text: the
 * same text gives the same documents whichever system wrote it.
 */
import { withoutByteOrderMark } from "../../base/byteOrderMark.js";
import { userError } from "../../base/errors.js";
import { type Cut, type Form, recordsIn } from "./cut.js";
import { cellsOf, checkRow, isBlankRow, type Table } from "./rows.js";
import { decodeUtf8 } from "./utf8.js";

export interface Document {
  readonly id: string;
  readonly text: string;
  /** Where it holds half of a surrogate pair, which no encoding has: it is U+FFFD in `text`. */
  readonly mended?: string;
}

/** Whole records of one file. */
export interface Block extends Cut {
  readonly path: string;
  /** The file's name in its source: ids begin with it. */
  readonly name: string;
  readonly form: Form;
  /** Names of a table's columns. */
  readonly columns?: readonly string[];
  readonly isWindows?: true;
}

/** Which part of a record is its text. */
export interface TextPlace {
  readonly column: string;
  readonly field: string;
}

/** A record as it lies in its file: its number there, and what it says. */
export interface SourceRecord {
  /** As in `FILE:12`, for messages. */
  readonly place: string;
  readonly number: number;
  readonly value: unknown;
}

/**
 * The documents of a block, in order; lines that are blank are none.
 *
 * Throws   UserError at text that is not UTF-8, and at a record that is not JSON or has no string in its field
 */
export function* documentsOf(block: Block, { column, field }: TextPlace): Generator<Document> {
  const { form, name } = block;
  if (form === "file" || form === "line" || form === "article") {
    yield* textDocuments(block);
    return;
  }
  const key = form === "csv" || form === "tsv" ? column : field;
  for (const { place, number, value } of recordsOf(block)) {
    const text = textOf(value, key, place);
    const document = { id: `${name}:${number}`, text: text.toWellFormed() };
    yield text.isWellFormed() ? document : { ...document, mended: place };
  }
}

function* textDocuments(block: Block): Generator<Document> {
  const { form, name, path, whole, bytes, offset } = block;
  let number = block.first - 1;
  for (const [start, end] of recordsIn(form, block)) {
    number++;
    const place = () => (form === "file" && whole ? path : `${path}:${number}`);
    const decoded = withoutByteOrderMark(decodeUtf8(bytes.subarray(start, end), place, offset + start));
    const text = block.isWindows ? decoded.replaceAll("\r\n", "\n") : decoded;
    if (form === "file") yield whole ? { id: name, text } : { id: `${name}#${number}`, text: withoutBreak(text) };
    else if (form === "article") yield { id: `${name}#${number}`, text };
    else if (text.trim() !== "") yield { id: `${name}:${number}`, text: text.replace(/\r$/, "") };
  }
}

const withoutBreak = (text: string) => text.replace(/^\n/, "");

/** The records of a block of JSON or of a table, in order. */
export function recordsOf(block: Block): Iterable<SourceRecord> {
  return block.form === "csv" || block.form === "tsv" ? rowRecords(block, block.form) : jsonRecords(block);
}

function* jsonRecords(block: Block): Generator<SourceRecord> {
  const { form, path, bytes, offset } = block;
  let number = block.first - 1;
  for (const [start, end] of recordsIn(form, block)) {
    number++;
    const place = form === "jsonl" ? `${path}:${number}` : `${path}, item ${number}`;
    const text = withoutByteOrderMark(decodeUtf8(bytes.subarray(start, end), () => place, offset + start));
    if (form === "jsonl" && text.trim() === "") continue;
    yield { place, number, value: parsed(text, place, form) };
  }
}

function parsed(text: string, place: string, form: Form): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = form === "jsonl" ? "line" : "item";
    const remedy = `Mend or drop this ${what}.`;
    throw userError(`corpus ${place}`, `the ${what} must be JSON`, (error as Error).message, remedy, error);
  }
}

/** Rows are numbered from 1, the head of the table not counted. */
function* rowRecords(block: Block, table: Table): Generator<SourceRecord> {
  const { path, bytes, offset, first, columns = [] } = block;
  const rows = cellsOf(bytes, table, path, first - 1, offset);
  const count = [...recordsIn(table, block)].length;
  if (rows.length !== count) {
    const remedy = "Mend the file: quotes stand around whole cells only.";
    throw userError(`corpus ${path}, row ${first - 1}`, `there must be ${count} rows here`, rows.length, remedy);
  }
  for (const [i, cells] of rows.entries()) {
    const number = first - 1 + i;
    const place = `${path}, row ${number}`;
    if (isBlankRow(cells)) continue;
    checkRow(`corpus ${place}`, cells, columns);
    yield { place, number, value: Object.fromEntries(columns.map((name, k) => [name, cells[k]])) };
  }
}

function textOf(value: unknown, field: string, place: string): string {
  const text = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
  if (typeof text === "string") return text;
  const remedy = `Each must be as in {"${field}": "…"}; prepare takes another field with --field, another column with --column.`;
  const got = text === undefined ? `undefined (${fieldsOf(value)})` : kindOf(text);
  throw userError(`corpus ${place}`, `${field} must be a string`, got, remedy);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const kindOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value);

function fieldsOf(value: unknown): string {
  if (!isObject(value) || Array.isArray(value)) return `it is ${value === null ? "null" : kindOf(value)}`;
  const names = Object.keys(value);
  return names.length === 0 ? "no fields" : `fields ${names.slice(0, 8).join(", ")}`;
}
