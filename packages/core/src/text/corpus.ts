/**
 * @file Where text comes from: the embedded corpora, a folder, a JSONL file, a single file.
 *
 * A corpus is a sequence of documents that can be walked more than once; nothing is kept in memory beyond a document
 * (a text file is one piece). Text must be UTF-8 and is otherwise taken as it is.
 */
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { userError } from "../errors.js";
import { embeddedBible, embeddedSotu } from "./embedded.js";
import { endOfTextToken } from "./tokenizerFile.js";

export interface Document {
  readonly id: string;
  readonly text: string;
}

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
    const names = textFiles(source);
    if (names.length === 0)
      throw userError(`corpus ${source}`, "the folder must hold .txt or .jsonl files", 0, sources);
    return walkable(() => folderDocuments(source, names));
  }
  return walkable(() => fileDocuments(source, basename(source)));
}

function walkable(walk: () => Iterator<Document>): Iterable<Document> {
  return { [Symbol.iterator]: walk };
}

function statOf(source: string): Stats {
  try {
    return statSync(source);
  } catch (error) {
    throw userError("corpus", "the source must exist", source, sources, error);
  }
}

/** Paths below the folder, with "/" on every system, in the order of their code units. */
function textFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.(txt|jsonl)$/i.test(name) && statSync(join(folder, name)).isFile())
    .sort();
}

function* folderDocuments(folder: string, names: readonly string[]): Generator<Document> {
  for (const name of names) yield* fileDocuments(join(folder, name), name);
}

function fileDocuments(path: string, name: string): Generator<Document> {
  return /\.jsonl$/i.test(path) ? jsonlDocuments(path, name) : textDocuments(path, name);
}

function* textDocuments(path: string, name: string): Generator<Document> {
  const texts = decodeUtf8(readFileSync(path), path).split(endOfTextToken);
  if (texts.length === 1) yield { id: name, text: texts[0] as string };
  else for (const [i, text] of texts.entries()) yield { id: `${name}#${i + 1}`, text: text.replace(/^\r?\n/, "") };
}

function* jsonlDocuments(path: string, name: string): Generator<Document> {
  let number = 0;
  for (const bytes of linesOf(path)) {
    number++;
    const line = decodeUtf8(bytes, `${path}:${number}`);
    if (line.trim() !== "") yield { id: `${name}:${number}`, text: textOfLine(line, `${path}:${number}`) };
  }
}

function textOfLine(line: string, where: string): string {
  const remedy = 'Each line must be JSON as in {"text": "…"}.';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw userError(`corpus ${where}`, "the line must be JSON", (error as Error).message, remedy, error);
  }
  const text = (value as { text?: unknown } | null)?.text;
  if (typeof text !== "string") throw userError(`corpus ${where}`, "text must be a string", typeof text, remedy);
  return text;
}

/** The lines of a file of any size, without their newline. */
function* linesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  const chunk = Buffer.alloc(1 << 20);
  let rest: Buffer[] = [];
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0 && end < size; end = chunk.indexOf(10, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, end)]);
        rest = [];
        from = end + 1;
      }
      rest.push(Buffer.from(chunk.subarray(from, size)));
    }
  } finally {
    closeSync(file);
  }
  yield Buffer.concat(rest);
}

function decodeUtf8(bytes: Uint8Array, where: string): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const rule = "text must be UTF-8";
  const remedy = "Convert the file, as in: iconv -f latin1 -t utf-8.";
  throw userError(`corpus ${where}`, rule, `bytes that are not (${firstBadByte(bytes)})`, remedy);
}

function firstBadByte(bytes: Uint8Array): string {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return `near byte ${good}`;
}

/** Whether the bytes are UTF-8 but for a character cut off at their end. */
function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
