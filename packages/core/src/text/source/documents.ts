/**
 * @file What the documents of a block are: their ids, their text, and what is refused.
 */
import { userError } from "../../base/errors.js";
import { type Cut, type Form, recordsIn } from "./cut.js";
import { decodeUtf8 } from "./utf8.js";

export interface Document {
  readonly id: string;
  readonly text: string;
}

/** Whole records of one file. */
export interface Block extends Cut {
  readonly path: string;
  /** The file's name in its source: ids begin with it. */
  readonly name: string;
  readonly form: Form;
}

/**
 * The documents of a block, in order; lines that are blank are none.
 *
 * Throws   UserError at text that is not UTF-8, and at a line that is not JSON or has no string in its field
 */
export function* documentsOf(block: Block, field: string): Generator<Document> {
  const { form, name, path, whole } = block;
  const bytes = withoutMark(block);
  const offset = block.offset + block.bytes.length - bytes.length;
  let number = block.first - 1;
  for (const [start, end] of recordsIn(form, bytes)) {
    number++;
    const place = () => (form === "file" && whole ? path : `${path}:${number}`);
    const text = decodeUtf8(bytes.subarray(start, end), place, offset + start);
    if (form === "file") yield whole ? { id: name, text } : { id: `${name}#${number}`, text: withoutBreak(text) };
    else if (form === "article") yield { id: `${name}#${number}`, text };
    else if (text.trim() !== "")
      yield {
        id: `${name}:${number}`,
        text: form === "line" ? text.replace(/\r$/, "") : textOfLine(text, place, field),
      };
  }
}

/** A byte-order mark at the begin of a file is not text. */
function withoutMark({ bytes, offset }: Block): Uint8Array {
  const hasMark = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
}

const withoutBreak = (text: string) => text.replace(/^\r?\n/, "");

function textOfLine(line: string, place: () => string, field: string): string {
  const remedy = `Each line must be JSON as in {"${field}": "…"}; prepare takes another field with --field.`;
  let value: unknown;
  try {
    value = JSON.parse(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line);
  } catch (error) {
    throw userError(`corpus ${place()}`, "the line must be JSON", (error as Error).message, remedy, error);
  }
  const text = (value as Record<string, unknown> | null)?.[field];
  if (typeof text === "string") return text;
  const got = text === undefined ? `undefined (${fieldsOf(value)})` : typeof text;
  throw userError(`corpus ${place()}`, `${field} must be a string`, got, remedy);
}

function fieldsOf(value: unknown): string {
  if (typeof value !== "object" || value === null)
    return `the line is ${value === null ? "null" : `a ${typeof value}`}`;
  const names = Object.keys(value);
  return names.length === 0 ? "no fields" : `fields ${names.slice(0, 8).join(", ")}`;
}
