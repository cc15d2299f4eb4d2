/**
 * @file What a file is that is not what its name says: a pointer of Git LFS, a web page, an archive, zeros.
 *
 * Downloads go wrong in few ways, and each is told by the first bytes. Asked only of files that did not read: so nothing
 * that can be read is ever refused for what it looks like.
 */
import { closeSync, openSync, readSync } from "node:fs";

export interface Mistaken {
  /** What stands there, as in "a Git LFS pointer". */
  readonly got: string;
  readonly remedy: string;
}

const unpack = "Unpack it, and give what is inside.";
const convert = "Convert it to safetensors where PyTorch is installed.";
const download = "Download the file itself.";
const again = "Download it again.";

/** Texts that stand where a file should be, by how they begin. */
const texts: readonly (readonly [RegExp, string, string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    "a Git LFS pointer",
    "Run git lfs pull in its folder (git lfs install first, once).",
  ],
  [/^(\.\.\/)*\.?\/?(git\/)?annex\/objects\/|^\/annex\/objects\//, "a git-annex pointer", "Run git annex get on it."],
  [/^\s*<(!doctype html|html|head|body)\b/i, "a web page", `${download} The link led to a page, perhaps a login.`],
  [/^\s*<(\?xml|error)\b/i, "an XML answer of a server", again],
  [
    /^(Entry not found|Repository Not Found|Invalid username or password|Access to model .* is restricted|Not Found)/i,
    "a server's refusal",
    `${again} Its text says why.`,
  ],
];

/** Formats by their first bytes, as Latin-1. */
const formats: readonly (readonly [string, string, string])[] = [
  ["PK\x03\x04", "a zip archive, as PyTorch's own files are", convert],
  ["\x80\x02", "a Python pickle", convert],
  ["\x80\x04", "a Python pickle", convert],
  ["GGUF", "a GGUF file", "Take the model's safetensors."],
  ["\x89HDF", "an HDF5 file", "Take the model's safetensors."],
  ["PAR1", "a parquet file", "Give it as a --source of text."],
  ["\x1f\x8b", "a gzip file", unpack],
  ["\x28\xb5\x2f\xfd", "a zstd file", unpack],
  ["BZh", "a bzip2 file", unpack],
  ["\xfd7zXZ", "an xz file", unpack],
  ["\xff\xfe", "UTF-16 text", "Save it as UTF-8."],
  ["\xfe\xff", "UTF-16 text", "Save it as UTF-8."],
];

/** What the first bytes of a file, some hundred if there are as many, are known to be. */
export function mistakenFor(head: Uint8Array): Mistaken | undefined {
  if (head.length === 0) return { got: "an empty file", remedy: again };
  if (head.every((byte) => byte === 0)) return { got: "zeros", remedy: again };
  const latin = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 512)).toString("latin1");
  const format = formats.find(([start]) => latin.startsWith(start));
  if (format) return { got: format[1], remedy: format[2] };
  const text = texts.find(([pattern]) => pattern.test(latin.replace(/^\xef\xbb\xbf/, "")));
  return text && { got: text[1], remedy: text[2] };
}

/** The same of a file; undefined also where it cannot be read. */
export function mistakenFile(path: string): Mistaken | undefined {
  const head = Buffer.alloc(512);
  try {
    const file = openSync(path, "r");
    try {
      return mistakenFor(head.subarray(0, readSync(file, head, 0, head.length, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
