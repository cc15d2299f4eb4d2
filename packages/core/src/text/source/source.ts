/**
 * @file A source that is ready to be read: of each file what it holds, seen in its first bytes.
 *
 * Whatever can be refused is refused here, before anything is written: a file that is not what its name says, a table
 * without a head, parquet without the column.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { userError } from "../../base/errors.js";
import { type Packing, type ReadChunks, readChunks } from "./chunks.js";
import { longestDocument, openCutter } from "./cut.js";
import { type Kind, namedKind, proseKind, type Unread, unknownKind } from "./kinds.js";
import type { EmbeddedName, ListedFile, Listing } from "./listing.js";
import { rowGroupsOf } from "./parquet.js";
import { cellsOf, type Table } from "./rows.js";
import { headBytes, notText, structured } from "./sniff.js";

export type { EmbeddedName } from "./listing.js";

const [lineFeed, carriageReturn] = [10, 13];

export interface SourceFile {
  readonly path: string;
  /** Below the source, with "/" on every system. */
  readonly name: string;
  readonly form: "text" | "parquet" | "jsonl" | "array" | "values" | Table;
  readonly packing: Packing;
  readonly sizeBytes: number;
  /** Names of a table's columns. */
  readonly columns?: readonly string[];
  /** Whether a text's lines end as on Windows: its first one does. */
  readonly isWindows?: true;
}

export interface Source {
  readonly given: string;
  readonly embedded?: EmbeddedName;
  readonly files: readonly SourceFile[];
}

/**
 * Looks at the first bytes of each file.
 *
 * Throws   UserError when one is not what it is taken for, or a parquet file lacks `column`
 */
export async function openSource(
  { given, embedded, files: listed }: Listing,
  column?: string,
  read: ReadChunks = readChunks,
): Promise<Source> {
  const files: SourceFile[] = [];
  for (const file of listed) files.push(await opened(file, column, read));
  return { given, ...(embedded && { embedded }), files };
}

async function opened(file: ListedFile, column: string | undefined, read: ReadChunks): Promise<SourceFile> {
  const { path, name, packing, sizeBytes } = file;
  const base = { path, name, packing, sizeBytes };
  if (file.kind === "parquet") {
    refuse(path, await headOf(file, read), true);
    if (column !== undefined) await rowGroupsOf(path, column);
    return { ...base, form: "parquet" };
  }
  const head = await headOf(file, read);
  refuse(path, head);
  const kind = file.kind ?? kindOfHead(path, name, head);
  if (kind === "json") return { ...base, form: await jsonForm(file, head, read) };
  if (kind === "csv" || kind === "tsv") return { ...base, form: kind, columns: await columnsOf(file, kind, read) };
  const isWindows = kind === "text" && (await endsAsOnWindows(file, head, read));
  return { ...base, form: kind as "text" | "jsonl", ...(isWindows && { isWindows }) };
}

/** The first bytes of a file, unpacked. */
async function headOf({ path, packing }: ListedFile, read: ReadChunks): Promise<Uint8Array> {
  if (packing === "none") return beginOf(path);
  for await (const { bytes } of read({ path, packing }, 0)) return bytes.subarray(0, headBytes);
  return new Uint8Array();
}

function beginOf(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(headBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}

function refuse(path: string, head: Uint8Array, isParquet = false): void {
  const found = notText(head);
  if (!found || (isParquet && found.what === "parquet")) return;
  throw refusal(path, found);
}

function refusal(path: string, { what, remedy }: Unread) {
  const rule = what.startsWith("UTF-") ? "text must be UTF-8" : "the file must be what its name says";
  return userError(`corpus ${path}`, rule, what, remedy);
}

/** Of a file whose name says nothing: prose, unless it looks like something else, or its ending is not known. */
function kindOfHead(path: string, name: string, head: Uint8Array): Kind {
  const found = structured(head);
  const prose = proseKind(namedKind(name).unpackedName);
  if (prose && !found) return prose;
  const { what, remedy } = found ?? unknownKind(name);
  throw userError(`corpus ${path}`, "the kind of the file must be known", what, remedy);
}

/** Of the first line; one that is longer than any document decides nothing. */
async function endsAsOnWindows(file: ListedFile, head: Uint8Array, read: ReadChunks): Promise<boolean> {
  const first = head.indexOf(lineFeed);
  if (first >= 0) return head[first - 1] === carriageReturn;
  let last: number | undefined;
  let seen = 0;
  for await (const { bytes } of read(file, 0)) {
    const at = bytes.indexOf(lineFeed);
    if (at >= 0) return (at === 0 ? last : bytes[at - 1]) === carriageReturn;
    last = bytes.at(-1);
    seen += bytes.length;
    if (seen > longestDocument) return false;
  }
  return false;
}

/** Lines as a rule, also where they are called .json; a list, or objects of several lines, where it begins like that. */
async function jsonForm(file: ListedFile, head: Uint8Array, read: ReadChunks): Promise<"jsonl" | "array" | "values"> {
  if (beginning(head).startsWith("[")) return "array";
  const cutter = openCutter(file.path, "values");
  for await (const { bytes } of read(file, 0)) {
    cutter.push(bytes);
    const first = cutter.take(0, 1);
    if (first) return isOneLine(first.bytes) ? "jsonl" : "values";
  }
  const rest = cutter.end();
  return !rest || isOneLine(rest.bytes) ? "jsonl" : "values";
}

const isOneLine = (bytes: Uint8Array): boolean => !beginning(bytes).trimEnd().includes("\n");

/** Bytes as characters, behind a mark and white space. */
const beginning = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart();

async function columnsOf(file: ListedFile, table: Table, read: ReadChunks): Promise<string[]> {
  const cutter = openCutter(file.path, table);
  let head: Uint8Array | undefined;
  for await (const { bytes } of read(file, 0)) {
    cutter.push(bytes);
    head = cutter.take(0, 1)?.bytes;
    if (head) break;
  }
  head ??= cutter.end()?.bytes;
  const columns = head ? cellsOf(head, table, file.path, 0)[0] : undefined;
  if (columns?.some((name) => name.trim() !== "")) return columns;
  const remedy = "Write the names of the columns into the first row.";
  throw userError(`corpus ${file.path}`, "a table must begin with the names of its columns", "nothing", remedy);
}
