/**
 * @file Text and JSON that others wrote: UTF-8 with or without a byte-order mark, and one sentence for all else.
 */
import { readFileSync } from "node:fs";
import { userError } from "../base/errors.js";
import { mistakenFor } from "./mistaken.js";

export interface TextFile {
  /** Begins the error. */
  readonly where: string;
  /** The file in the error's words, as in "the config file". */
  readonly what: string;
  readonly path: string;
  /** What to do where nothing better is known. */
  readonly remedy: string;
}

function readBytes({ where, what, path, remedy }: TextFile, kind: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw userError(where, `${what} must be readable${kind}`, `${code ?? message} (${path})`, remedy, error);
  }
}

function refuse({ where, what, path, remedy }: TextFile, kind: string, bytes: Buffer, error: unknown): Error {
  const known = mistakenFor(bytes.subarray(0, 512));
  const reason = known?.got ?? (error as Error).message;
  return userError(where, `${what} must be readable${kind}`, `${reason} (${path})`, known?.remedy ?? remedy, error);
}

function decode(file: TextFile, kind: string, bytes: Buffer): string {
  try {
    // A byte-order mark is left out by the decoder.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse(file, kind, bytes, new Error("bytes that are not UTF-8"));
  }
}

/** The text of a file. Throws   UserError when it is absent or not UTF-8 */
export function readText(file: TextFile): string {
  return decode(file, " text", readBytes(file, " text"));
}

/** The value of a JSON file. Throws   UserError when it is absent, not UTF-8, or no JSON */
export function readJson(file: TextFile): unknown {
  const bytes = readBytes(file, " JSON");
  const text = decode(file, " JSON", bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(file, " JSON", bytes, error);
  }
}
