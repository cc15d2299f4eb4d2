/**
 * @file Bytes that must be UTF-8, or an error that names the file, the record and the byte.
 */
import { isUtf8 } from "node:buffer";
import { type UserError, userError } from "../../base/errors.js";
import { wideText } from "./sniff.js";

/** Decodes UTF-8 as it is, a byte-order mark included. Throws UserError with the place of the first bad byte. */
export function decodeUtf8(bytes: Uint8Array, where: () => string, offset = 0): string {
  if (!isUtf8(bytes)) throw notUtf8(bytes, where(), offset + firstBadByte(bytes));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function notUtf8(bytes: Uint8Array, where: string, byte: number): UserError {
  const wide = wideText(bytes);
  const got = wide ? wide.what : `bytes that are not (near byte ${byte})`;
  const remedy =
    wide?.remedy ?? "Convert the file from its encoding, as in: iconv -f windows-1252 -t utf-8 FILE > NEW.";
  return userError(`corpus ${where}`, "text must be UTF-8", got, remedy);
}

function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  let start = good;
  while (!isUtf8(bytes.subarray(0, start))) start--;
  return start;
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
