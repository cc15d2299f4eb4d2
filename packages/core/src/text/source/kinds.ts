/**
 * @file What a file holds, by its name: text, records of some form, or something that is not read, and what to do then.
 *
 * Nothing is taken for prose because its kind is unknown: a table, a page or an archive would be learnt as it stands.
 */
import type { Packing } from "./chunks.js";

/** `json` is a list of objects, or objects one after another. */
export const kinds = ["text", "jsonl", "json", "csv", "tsv", "parquet"] as const;
export type Kind = (typeof kinds)[number];

/** What a user may say that files are; "auto" goes by their names. */
export const formats = ["auto", ...kinds] as const;
export type Format = (typeof formats)[number];

/** Why a file is not read: what it is, and what its owner can do. */
export interface Unread {
  readonly what: string;
  readonly remedy: string;
}

export interface NamedKind {
  readonly packing: Packing;
  /** The name without the ending of its packing. */
  readonly unpackedName: string;
  readonly kind?: Kind;
  readonly unread?: Unread;
}

const kindOfEnding: Readonly<Record<string, Kind>> = {
  ...{ txt: "text", text: "text", jsonl: "jsonl", ndjson: "jsonl", json: "json", csv: "csv", tsv: "tsv" },
  ...{ parquet: "parquet", pq: "parquet" },
};

/** Endings of plain text that in a folder are no data as a rule: a README, a licence. */
const proseAlone = ["", "md", "markdown", "rst", "raw", "tokens"];

const packingOfEnding: Readonly<Record<string, Packing>> = { gz: "gzip", zst: "zstd", zstd: "zstd" };
const unpackers: Readonly<Record<string, string>> = {
  ...{ bz2: "bunzip2 -k", xz: "xz -dk", lzma: "xz -dk", lz4: "lz4 -d", br: "brotli -d", z: "uncompress" },
};

const said = "prepare takes it as it stands with --format=text.";
const archive = (command: string): Unread => ({ what: "an archive", remedy: `Unpack it: ${command} FILE.` });
const markup: Unread = { what: "markup", remedy: `Take the text out of it; ${said}` };
const document: Unread = { what: "a document", remedy: "Save it as plain text." };
const table: Unread = { what: "a table", remedy: "Save it as CSV." };
const arrow: Unread = {
  what: "Arrow",
  remedy: 'Write it as parquet, as in dataset.to_parquet("data.parquet").',
};
const numbers: Unread = { what: "no text", remedy: "Give files of text." };

const unreadEndings: readonly (readonly [string, Unread])[] = [
  ["zip", archive("unzip")],
  ["tar tgz tbz tbz2 txz", archive("tar -xf")],
  ["7z", archive("7z x")],
  ["rar", archive("unrar x")],
  ["html htm xhtml xml svg tex sgml", markup],
  ["pdf doc docx odt rtf epub mobi", document],
  ["xls xlsx ods", table],
  ["arrow feather ipc", arrow],
  [
    "bin npy npz pt pth ckpt safetensors pkl pickle h5 db sqlite sqlite3 onnx gguf png jpg jpeg gif mp3 wav mp4",
    numbers,
  ],
];
const unreadOfEnding = new Map(unreadEndings.flatMap(([names, why]) => names.split(" ").map((name) => [name, why])));

const endingOf = (name: string): string => /[^/]\.([^./]*)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/** What is known of a file by its name; `format`, where it was said, is believed of its kind, not of its packing. */
export function namedKind(name: string, format: Format = "auto"): NamedKind {
  const outer = endingOf(name);
  const packing = packingOfEnding[outer];
  const command = unpackers[outer];
  const unpackedName = packing || command ? name.slice(0, -outer.length - 1) : name;
  const inner = endingOf(unpackedName);
  const kind = format === "auto" ? kindOfEnding[inner] : format;
  const base = { packing: packing ?? "none", unpackedName, ...(kind && { kind }) } as const;
  if (command) {
    return { ...base, unread: { what: `packed as .${outer}`, remedy: `Unpack it: ${command} ${name}` } };
  }
  if (kind === "parquet" && packing) return { ...base, unread: { what: "packed parquet", remedy: "Unpack it." } };
  const unread = format === "auto" ? unreadOfEnding.get(inner) : undefined;
  return unread ? { ...base, unread } : base;
}

/** The kind of a file that was given by itself, where its name says no more than that it may be prose; see sniff.ts. */
export function proseKind(name: string): Kind | undefined {
  return proseAlone.includes(endingOf(name)) ? "text" : undefined;
}

/** Why a file of a name that says nothing is not read. */
export function unknownKind(name: string): Unread {
  const ending = endingOf(name);
  return {
    what: ending === "" ? "no ending" : `.${ending}`,
    remedy: `Give it an ending that says what it is; ${said}`,
  };
}
