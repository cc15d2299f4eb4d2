/**
 * @file A set's files: its text, or its records, in whatever form they lie there.
 *
 * The one reader of texts does it (packed files, tables, parquet, line ends, byte-order marks); here it is only said
 * which set the file is of, and that its name may end as it likes.
 */
import { existsSync } from "node:fs";
import { userError } from "@sdtt/core/base";
import { type Format, namedKind, readFileText, readRecords, readWhole, type SourceRecord } from "@sdtt/core/text";

/** A file of no known ending is text: its flag says what it is. */
const formatOf = (path: string): Format => (namedKind(path).kind || namedKind(path).unread ? "auto" : "text");

function refuseAbsent(where: string, path: string): void {
  if (existsSync(path)) return;
  throw userError(where, "its file must be readable", `ENOENT (${path})`, "Check the path.");
}

/** The prose of a file; of records, their texts, a line each. Throws   UserError when it cannot be read */
export async function readSetText(where: string, path: string): Promise<string> {
  refuseAbsent(where, path);
  return readWhole(path, { format: formatOf(path) });
}

/** What stands in a file, whatever it is. Throws   UserError when it cannot be read */
export async function readSetFile(where: string, path: string): Promise<string> {
  refuseAbsent(where, path);
  return readFileText(path, formatOf(path));
}

/** The records of a file, in order. Throws   UserError at one that cannot be read, or where there are none */
export async function readSetRecords(where: string, path: string): Promise<SourceRecord[]> {
  refuseAbsent(where, path);
  const records: SourceRecord[] = [];
  for await (const record of readRecords(path)) records.push(record);
  return records;
}
