/**
 * @file Where one JSON value ends and the next begins, in bytes, without reading what it says.
 *
 * For files that are a list of objects, or objects one after another over several lines. What lies between them is
 * checked, so that a list that was cut off is not taken for a shorter one.
 */

/** The place of a record, and where the next is looked for; undefined when it is not all in the bytes yet. */
export type Finder = (
  bytes: Buffer,
  from: number,
  isLast: boolean,
  isFirst: boolean,
) => readonly [start: number, end: number, next: number] | undefined;

/** Whether what is left at the end is a record; `isBlock`: the end of a block, not of the file. */
export type RestIsRecord = (bytes: Buffer, from: number, isFirst: boolean, isBlock: boolean) => boolean;

/** Bytes that break a rule of the form. */
export class Misplaced extends Error {
  constructor(
    readonly rule: string,
    readonly got: string,
  ) {
    super(`${rule}, got ${got}`);
  }
}

const [quote, backslash, comma, listStart, listEnd, objectStart, objectEnd] = Array.from('"\\,[]{}', (char) =>
  char.charCodeAt(0),
) as [number, number, number, number, number, number, number];

const isSpace = (byte: number | undefined) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

const mark = Buffer.from("\ufeff");
const skipMark = (bytes: Buffer): number => (bytes.subarray(0, mark.length).equals(mark) ? mark.length : 0);

/** The end of a string whose quote is at `from`. */
function endOfString(bytes: Buffer, from: number): number | undefined {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at + 1;
  }
  return undefined;
}

/** The end of the value that begins at `from`; a number or a word ends where something else begins. */
function endOfValue(bytes: Buffer, from: number, isLast: boolean): number | undefined {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (end === undefined) return undefined;
      if (depth === 0) return end;
      at = end - 1;
    } else if (byte === objectStart || byte === listStart) depth++;
    else if (byte === objectEnd || byte === listEnd) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === comma || isSpace(byte))) return at;
  }
  return isLast && depth === 0 ? bytes.length : undefined;
}

const shown = (bytes: Buffer, at: number): string =>
  at < bytes.length ? JSON.stringify(bytes.toString("utf8", at, at + 20)) : "the end of the file";

/** The next element of a list, behind its "[" or a comma. */
export const nextElement: Finder = (bytes, from, isLast, isFirst) => {
  const before = skipSpace(bytes, isFirst ? from + skipMark(bytes) : from);
  if (before >= bytes.length) return undefined;
  const isEnd = bytes[before] === listEnd && !isFirst;
  if (isEnd) return undefined;
  if (bytes[before] !== (isFirst ? listStart : comma)) {
    throw new Misplaced(
      isFirst ? "a list must begin with [" : "a comma must stand between items",
      shown(bytes, before),
    );
  }
  const start = skipSpace(bytes, before + 1);
  if (start >= bytes.length || (isFirst && bytes[start] === listEnd)) return undefined;
  const end = endOfValue(bytes, start, isLast);
  if (end === undefined) return undefined;
  if (end === start) throw new Misplaced("an item must follow", shown(bytes, start));
  return [start, end, end];
};

/** Throws Misplaced unless the list ends, and nothing follows. */
export const elementIsLeft: RestIsRecord = (bytes, from, isFirst, isBlock) => {
  const at = skipSpace(bytes, isFirst ? from + skipMark(bytes) : from);
  if (isBlock && at >= bytes.length) return false;
  const end = isFirst && bytes[at] === listStart ? skipSpace(bytes, at + 1) : at;
  if (bytes[end] !== listEnd) throw new Misplaced("a list must end with ]", shown(bytes, end));
  const after = skipSpace(bytes, end + 1);
  if (after < bytes.length) throw new Misplaced("nothing may follow a list", shown(bytes, after));
  return false;
};

/** The next of several values, whatever white space lies between them. */
export const nextValue: Finder = (bytes, from, isLast, isFirst) => {
  const start = skipSpace(bytes, isFirst ? from + skipMark(bytes) : from);
  if (start >= bytes.length) return undefined;
  const end = endOfValue(bytes, start, isLast);
  if (end === undefined) return undefined;
  if (end === start) throw new Misplaced("a value must follow", shown(bytes, start));
  return [start, end, end];
};

export const valueIsLeft: RestIsRecord = (bytes, from) => skipSpace(bytes, from) < bytes.length;
