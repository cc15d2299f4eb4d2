/**
 * @file Tables as text: where a row ends, and what its cells say.
 *
 * A line break within quotes ends no row. Only that is decided on bytes here; csv-parse reads what rows say, mostly in
 * another thread, and refuses quotes in wrong places.
 */
import { parse } from "csv-parse/sync";
import { withoutByteOrderMark } from "../../base/byteOrderMark.js";
import { userError } from "../../base/errors.js";
import type { Finder } from "./jsonValues.js";
import { decodeUtf8 } from "./utf8.js";

export type Table = "csv" | "tsv";

const delimiters: Readonly<Record<Table, string>> = { csv: ",", tsv: "\t" };
const [quote, lineFeed] = [34, 10];

/** The next row of a table: it ends with a line break that is not within quotes. */
export const nextRow = (delimiter: string): Finder => {
  const cellEnd = delimiter.charCodeAt(0);
  return (bytes, from) => {
    let at = from;
    // Quotes count only where a cell begins: elsewhere they are signs, which csv-parse refuses or keeps.
    for (let begin = true; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === quote && begin) {
        const end = endOfQuoted(bytes, at);
        if (end === undefined) return undefined;
        at = end - 1;
        begin = false;
      } else if (byte === lineFeed) return [from, at, at + 1];
      else begin = byte === cellEnd;
    }
    return undefined;
  };
};

/** Behind the closing quote; two quotes within are one sign. */
function endOfQuoted(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(quote, from + 1); at >= 0; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at + 1 < bytes.length ? at + 1 : undefined;
  }
  return undefined;
}

/** The cells of rows; a blank line is a row of one empty cell. Throws UserError at quotes in wrong places. */
export function cellsOf(bytes: Uint8Array, table: Table, path: string, firstRow: number, offset = 0): string[][] {
  // A break after the last row too, so that a blank one counts.
  const text = `${withoutByteOrderMark(decodeUtf8(bytes, () => path, offset))}\n`.replaceAll("\r\n", "\n");
  try {
    return parse(text, { delimiter: delimiters[table], relax_column_count: true, record_delimiter: "\n" });
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    const remedy =
      "Mend the file: a cell with a quote, the delimiter or a line break is put in quotes, and its quotes doubled.";
    const where = `corpus ${path}, from row ${firstRow} on, line ${lines ?? "?"} of these`;
    throw userError(where, "the rows must be readable", message, remedy, error);
  }
}

/** Refuses a row that has more or fewer cells than the head has names. */
export function checkRow(where: string, cells: readonly string[], columns: readonly string[]): void {
  if (cells.length === columns.length) return;
  const rule = `a row must have as many cells as the head of the table (${columns.length})`;
  throw userError(where, rule, cells.length, "Mend the row, or say what the file is with --format.");
}

export const isBlankRow = (cells: readonly string[]): boolean => cells.length === 1 && cells[0]?.trim() === "";
