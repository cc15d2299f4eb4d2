/**
 * @file What bytes are, by how they begin: for errors that name the case, and never to read what a name did not promise.
 */
import type { Unread } from "./kinds.js";

/** Bytes of a file that are looked at. */
export const headBytes = 4096;

const iconv = (encoding: string): string => `Convert it: iconv -f ${encoding} -t utf-8 FILE > NEW.`;
const named = (ending: string): string => `Give it the ending ${ending}, or unpack it.`;

type Mark = readonly [at: number, mark: string, what: string, remedy: string];

const marks: readonly Mark[] = [
  [0, "\xff\xfe\0\0", "UTF-32, by its byte-order mark", iconv("utf-32")],
  [0, "\0\0\xfe\xff", "UTF-32, by its byte-order mark", iconv("utf-32")],
  [0, "\xff\xfe", "UTF-16 (little-endian), by its byte-order mark", iconv("utf-16")],
  [0, "\xfe\xff", "UTF-16 (big-endian), by its byte-order mark", iconv("utf-16")],
  [0, "\x1f\x8b", "gzip", named(".gz")],
  [0, "\x28\xb5\x2f\xfd", "zstd", named(".zst")],
  [0, "BZh", "bzip2", "Unpack it: bunzip2."],
  [0, "\xfd7zXZ\0", "xz", "Unpack it: xz -d."],
  [0, "\x04\x22\x4d\x18", "lz4", "Unpack it: lz4 -d."],
  [0, "PK\x03\x04", "a zip archive or an office document", "Unpack it, or save it as plain text."],
  [0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it: 7z x."],
  [0, "Rar!\x1a\x07", "a rar archive", "Unpack it: unrar x."],
  [257, "ustar", "a tar archive", "Unpack it: tar -xf."],
  [0, "PAR1", "parquet", "Give it the ending .parquet."],
  [0, "ARROW1", "Arrow", 'Write it as parquet, as in dataset.to_parquet("data.parquet").'],
  [0, "FEA1", "Feather", "Write it as parquet."],
  [0, "%PDF-", "PDF", "Save it as plain text."],
  [0, "{\\rtf", "RTF", "Save it as plain text."],
  [0, "SQLite format 3\0", "an SQLite file", "Give files of text."],
  [0, "\x93NUMPY", "a NumPy array", "Give files of text."],
  [0, "\x89HDF", "an HDF5 file", "Give files of text."],
  [0, "\x7fELF", "a program", "Give files of text."],
  [0, "\x00\x05\x16\x07", "what macOS keeps beside a file", "Give the file itself, whose name lacks the ._ ."],
  [0, "version https://git-lfs.github.com/spec", "a pointer of Git LFS, not the file", "Fetch it: git lfs pull."],
];

/** What a text file cannot begin with; undefined for what may be text. */
export function notText(head: Uint8Array): Unread | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  const found = marks.find(([at, mark]) => text.startsWith(mark, at));
  if (found) return { what: found[2], remedy: found[3] };
  return wideText(head);
}

/** UTF-16 without a mark: every other byte of Western text in it is zero. */
export function wideText(bytes: Uint8Array): Unread | undefined {
  if (bytes.length < 4) return undefined;
  const zeros: [number, number] = [0, 0];
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[(i % 2) as 0 | 1]++;
  });
  const half = bytes.length / 2;
  const [even, odd] = zeros;
  if (odd > half / 3 && even < odd / 8) return { what: "UTF-16 (little-endian)", remedy: iconv("utf-16le") };
  if (even > half / 3 && odd < even / 8) return { what: "UTF-16 (big-endian)", remedy: iconv("utf-16be") };
  return undefined;
}

/** What text is that begins like a page or like records, where its name says nothing. */
export function structured(head: Uint8Array): Unread | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
    .toString("utf8")
    .replace(/^\ufeff?\s*/, "");
  if (/^<(!doctype|html|head|body|\?xml|svg|rss)\b/i.test(text))
    return { what: "markup", remedy: "Take the text out of it." };
  if (/^[{[]\s*["{[\]}]/.test(text)) return { what: "JSON", remedy: "Give it the ending .jsonl or .json." };
  return undefined;
}
