/**
 * @file One column of a parquet file, row group by row group, as bytes.
 *
 * hyparquet 1.31 reads, hyparquet-compressors unpacks. A row group is what is held in memory at a time, so that one of
 * more than 2 GiB of text is refused.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { AsyncBuffer, ColumnMetaData, FileMetaData } from "hyparquet";
import { UserError, userError } from "../../base/errors.js";
import type { SourceRecord } from "./documents.js";
import { checkPages } from "./pageHeaders.js";

export interface RowGroup {
  /** Rows before it in the file. */
  readonly rowStart: number;
  readonly rows: number;
  /** Bytes of the column, unpacked and packed. */
  readonly textBytes: number;
  readonly packedBytes: number;
}

const largestGroup = 2 ** 31;

interface File extends AsyncBuffer {
  /** By what it is known again. */
  readonly key: string;
}

function readRange(file: number, from: number, to: number): ArrayBuffer {
  const { size: byteLength } = fstatSync(file);
  if (!(from >= 0 && from <= to && to <= byteLength)) {
    throw new RangeError(`bytes ${from} to ${to} are not in the file of ${byteLength}`);
  }
  const bytes = new Uint8Array(to - from);
  for (let done = 0; done < bytes.length; ) {
    const size = readSync(file, bytes, done, bytes.length - done, from + done);
    if (size === 0) throw new RangeError(`the file ends at byte ${from + done}, before ${to}`);
    done += size;
  }
  return bytes.buffer;
}

function bufferOf(path: string): File {
  const withFile = <T>(use: (file: number) => T): T => {
    const file = openSync(path, "r");
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  };
  const { size: byteLength, mtimeMs, ctimeMs, ino } = withFile((file) => fstatSync(file));
  return {
    key: `${path} ${byteLength} ${mtimeMs} ${ctimeMs} ${ino}`,
    byteLength,
    slice: (from, to = byteLength) => withFile((file) => readRange(file, from, to)),
  };
}

/** Runs what reads parquet; what the reader throws at damaged bytes is the file's fault. */
async function reading<T>(where: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof UserError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const remedy = "Download the file again, or leave it out.";
    throw userError(where, "the file must be whole parquet", (error as Error).message, remedy, error);
  }
}

let latest: { readonly key: string; readonly metadata: FileMetaData } | undefined;

/** The footer of a file; the latest is kept, because row groups are asked for one by one. */
async function metadataOf(file: File): Promise<FileMetaData> {
  if (latest?.key !== file.key) {
    const { parquetMetadataAsync } = await import("hyparquet");
    latest = { key: file.key, metadata: await parquetMetadataAsync(file) };
  }
  return latest.metadata;
}

/**
 * The row groups of a column of text.
 *
 * Throws   UserError when the file is not parquet or cut off, the column is not there or holds no text, or it is packed
 *          in a way that is not known
 */
export async function rowGroupsOf(path: string, column: string): Promise<RowGroup[]> {
  const where = `corpus ${path}`;
  const metadata = await reading(where, () => metadataOf(bufferOf(path)));
  checkColumn(where, metadata, column);
  const { compressors } = await import("hyparquet-compressors");
  let rowStart = 0;
  return metadata.row_groups.map((group, i) => {
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)?.meta_data;
    if (!chunk) throw userError(where, `row group ${i + 1} must hold the column ${column}`, "none", "Write it again.");
    checkChunk(`${where}, row group ${i + 1}`, chunk, Object.keys(compressors));
    const rows = Number(group.num_rows);
    const [textBytes, packedBytes] = [Number(chunk.total_uncompressed_size), Number(chunk.total_compressed_size)];
    const made = { rowStart, rows, textBytes, packedBytes };
    rowStart += rows;
    return made;
  });
}

function checkColumn(where: string, { schema }: FileMetaData, column: string): void {
  const names: string[] = [];
  for (let i = 1; i < schema.length; i += spanOf(schema, i)) {
    const element = schema[i];
    if (!element) break;
    names.push(element.name);
    if (element.name !== column) continue;
    const meaning = element.converted_type ?? element.logical_type?.type ?? "UTF8";
    const isText = element.type === "BYTE_ARRAY" && ["UTF8", "STRING"].includes(meaning);
    if (isText && element.repetition_type !== "REPEATED") return;
    const kind = isText ? "lists" : element.type === "BYTE_ARRAY" ? meaning : (element.type ?? "nested values");
    throw userError(where, `the column ${column} must hold text`, kind, "Name another with --column.");
  }
  throw userError(where, "the column must be one of the file's", column, `Give --column one of: ${names.join(", ")}.`);
}

/** How many elements of a schema, which is listed depth first, belong to the one at `i`. */
function spanOf(schema: FileMetaData["schema"], i: number): number {
  let span = 1;
  const children = schema[i]?.num_children ?? 0;
  for (let child = 0; child < children && i + span < schema.length; child++) span += spanOf(schema, i + span);
  return span;
}

function checkChunk(where: string, { codec, total_uncompressed_size }: ColumnMetaData, known: readonly string[]): void {
  const codecs = ["UNCOMPRESSED", ...known];
  if (!codecs.includes(codec)) {
    const remedy = `Write the file with one of: ${codecs.join(", ")}.`;
    throw userError(where, "the compression must be known", codec, remedy);
  }
  if (total_uncompressed_size <= largestGroup) return;
  const remedy = "Write the file with smaller row groups, as in pyarrow's row_group_size=10000.";
  throw userError(where, "a row group must hold at most 2 GiB of text", total_uncompressed_size, remedy);
}

/** The values of rows [rowStart, rowEnd) of a column, which must lie in one row group; null where there is none. */
export async function readRows(path: string, column: string, rowStart: number, rowEnd: number) {
  const rows: (Uint8Array | null)[] = [];
  await reading(`corpus ${path}, rows ${rowStart + 1} to ${rowEnd}`, async () => {
    const file = bufferOf(path);
    const [{ parquetRead }, { compressors }] = await Promise.all([
      import("hyparquet"),
      import("hyparquet-compressors"),
    ]);
    const metadata = await metadataOf(file);
    checkColumnPages(path, metadata, rowStart, column);
    const asBytes = (bytes: Uint8Array | undefined) => bytes;
    const parsers = { stringFromBytes: asBytes, jsonFromBytes: asBytes };
    const take = (taken: unknown[][]) => {
      for (const [value] of taken) rows.push(bytesOrNull(value));
    };
    const options = { file, metadata, compressors, parsers, utf8: false, columns: [column], rowStart, rowEnd };
    await parquetRead({ ...options, onComplete: take });
    if (rows.length !== rowEnd - rowStart) throw new RangeError(`${rows.length} rows were found`);
  });
  return rows;
}

/** Checks the pages of the row group that begins at a row: of one column, whose rows are a value each, or of all. */
function checkColumnPages(path: string, { row_groups: groups }: FileMetaData, firstRow: number, column?: string): void {
  let before = 0;
  const group = groups.find(({ num_rows }) => {
    const isIt = before <= firstRow && firstRow < before + Number(num_rows);
    before += isIt ? 0 : Number(num_rows);
    return isIt;
  });
  const file = openSync(path, "r");
  const read = (from: number, to: number) => new Uint8Array(readRange(file, from, to));
  try {
    for (const { meta_data: chunk } of group?.columns ?? []) {
      if (!chunk || (column !== undefined && chunk.path_in_schema[0] !== column)) continue;
      if (column !== undefined && chunk.num_values !== group?.num_rows) {
        throw new RangeError(`the column has ${chunk.num_values} values for ${group?.num_rows} rows`);
      }
      const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
      const end = start + Number(chunk.total_compressed_size);
      const [values, textBytes] = [Number(chunk.num_values), Number(chunk.total_uncompressed_size)];
      checkPages(read, { start, end, values, textBytes });
    }
  } finally {
    closeSync(file);
  }
}

/** A dictionary that was not found leaves its numbers where text should be. */
function bytesOrNull(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return value;
  throw new RangeError(`a ${typeof value} where text should be`);
}

/** A value as JSON has it: whole numbers of 64 bits are numbers. */
function asJson(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asJson(one)]));
}

/** The rows of a file as objects, one row group in memory at a time. */
export async function* rowObjects(path: string): AsyncGenerator<SourceRecord> {
  const where = `corpus ${path}`;
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const file = bufferOf(path);
  const metadata = await reading(where, () => metadataOf(file));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const range = { file, metadata, compressors, rowStart, rowEnd };
    const rows = await reading(where, async () => {
      checkColumnPages(path, metadata, rowStart);
      return parquetReadObjects(range);
    });
    for (const [i, value] of rows.entries()) {
      yield { place: `${path}, row ${rowStart + i + 1}`, number: rowStart + i + 1, value: asJson(value) };
    }
    rowStart = rowEnd;
  }
}
