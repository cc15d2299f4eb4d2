/**
 * @file Which documents are trained on, validated on and tested on: a fixed rule of the document itself.
 *
 * No seed and no order enters, so a document stays where it is when others come or go, on every machine.
 */
import { createHash } from "node:crypto";
import { type UserError, userError } from "../../base/errors.js";
import type { Document } from "./documents.js";

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

/**
 * The split of a document: of SHA-256(id, NUL, text), as a number in [0, 1), up to 0.90 train, 0.95 validation.
 *
 * Holds    the same document is always in the same split
 */
export function splitOf(document: Document): Split {
  const share = createHash("sha256").update(`${document.id}\0${document.text}`).digest().readUInt32BE(0) / 2 ** 32;
  if (share < 0.9) return "train";
  return share < 0.95 ? "validation" : "test";
}

/** Of a source whose documents, as few as they are, all fell into validation and test. */
export function nothingToTrainOn(source: string, held: number): UserError {
  const rule = "the training split must hold a document";
  const remedy =
    "Give more documents: files in a folder, lines of JSONL, --documents=line, or <|endoftext|> between them in a file.";
  return userError(`corpus ${source}`, rule, `${held} in validation and test, by their hash`, remedy);
}
