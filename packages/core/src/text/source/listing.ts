/**
 * @file The files of a source, by their names alone: which are read, and what is said of the others.
 *
 * Text and JSON lines may be mixed in a folder; parquet and tables may not stand beside others, because such a .txt is a
 * licence or a list of files far more often than text.
 */
import { type BigIntStats, statSync } from "node:fs";
import { basename } from "node:path";
import { userError } from "../../base/errors.js";
import type { Packing } from "./chunks.js";
import { type Format, type Kind, namedKind } from "./kinds.js";
import { specialKind, type Walk, type WalkedFile, walkFolder } from "./walk.js";

const embeddedNames = ["embedded", "embedded:sotu"] as const;
export type EmbeddedName = (typeof embeddedNames)[number];

export interface ListedFile {
  readonly path: string;
  /** Below the source, with "/" on every system. */
  readonly name: string;
  /** Left out where the name does not say. */
  readonly kind?: Kind;
  readonly packing: Packing;
  readonly sizeBytes: number;
  readonly stat: BigIntStats;
}

export interface Listing {
  readonly given: string;
  readonly embedded?: EmbeddedName;
  readonly files: readonly ListedFile[];
  /** What a user would want to know of the rest, in one line; empty where there is nothing to say. */
  readonly note: string;
}

const sources =
  'Give "embedded", "embedded:sotu", a file of .txt, .jsonl, .json, .csv, .tsv or .parquet (all but parquet also .gz or .zst), or a folder of them.';

/** What the library of data sets keeps beside them. */
const ofDatasets = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];

/**
 * Lists the files of a source, in the order of their names; nothing of them is read.
 *
 * Throws   UserError when there is none, when one is of a kind that is not read, or when kinds are mixed
 */
export function listSource(given: string, format: Format = "auto"): Listing {
  const embedded = embeddedNames.find((name) => name === given);
  if (embedded) return { given, embedded, files: [], note: "" };
  const stat = statOf(given);
  if (stat.isFile()) return { given, files: [alone({ path: given, name: basename(given), stat }, format)], note: "" };
  if (!stat.isDirectory()) {
    const remedy = "Write it to a file first: text is read more than once.";
    throw userError("corpus", "the source must be a file or a folder", `a ${specialKind(stat)} (${given})`, remedy);
  }
  const isData = (name: string) => dataOf(name, format) !== undefined;
  const walk = walkFolder(given, isData);
  const named = new Set(walk.files.map(({ name }) => name));
  const files = walk.files.flatMap((file) => inFolder(file, format, named));
  if (files.length === 0) {
    const got = walk.files.length > 0 ? `only others (${shortList(walk.files.map(({ name }) => name))})` : "no file";
    throw userError(`corpus ${given}`, "the folder must hold text", got, sources);
  }
  refuseMixture(given, files);
  return { given, files, note: noteOf(given, walk, files) };
}

function statOf(source: string): BigIntStats {
  try {
    return statSync(source, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? source : `${source} (${code})`;
    throw userError("corpus", "the source must exist", got, sources, error);
  }
}

const sized = (file: WalkedFile) => ({ ...file, sizeBytes: Number(file.stat.size) });

function alone(file: WalkedFile, format: Format): ListedFile {
  const { kind, packing, unread } = namedKind(file.name, format);
  if (unread) throw userError(`corpus ${file.path}`, "the file must be of text", unread.what, unread.remedy);
  return { ...sized(file), packing, ...(kind && { kind }) };
}

/** Kind and packing of a file that in a folder is data by its name, whether it can be unpacked or not. */
function dataOf(name: string, format: Format) {
  const named = namedKind(name, format);
  if (!named.kind || ofDatasets.includes(basename(name))) return undefined;
  return { ...named, kind: named.kind };
}

function inFolder(file: WalkedFile, format: Format, names: ReadonlySet<string>): ListedFile[] {
  const data = dataOf(file.name, format);
  if (!data) return [];
  const { kind, packing, unpackedName, unread } = data;
  // What `gzip -k` leaves: the same text twice.
  if (unpackedName !== file.name && names.has(unpackedName)) return [];
  if (unread) throw userError(`corpus ${file.path}`, "the file must be of text", unread.what, unread.remedy);
  return [{ ...sized(file), kind, packing }];
}

const together: readonly Kind[] = ["text", "jsonl", "json"];

function refuseMixture(given: string, files: readonly ListedFile[]): void {
  const kindOf = ({ kind }: ListedFile) => (kind && together.includes(kind) ? "text or JSON" : String(kind));
  const byKind = new Map(files.map((file) => [kindOf(file), file.name]));
  if (byKind.size <= 1) return;
  const got = [...byKind].map(([kind, name]) => `${kind} (${name})`).join(" and ");
  const remedy = "Move one kind to a folder of its own.";
  throw userError(`corpus ${given}`, "a folder must hold one kind of files", got, remedy);
}

function noteOf(given: string, { files: all, leftAlone, linksOut }: Walk, files: readonly ListedFile[]): string {
  const read = new Set(files.map(({ name }) => name));
  const others = all.flatMap(({ name }) => (read.has(name) ? [] : [name]));
  const reasons = [...leftAlone, ...(others.length > 0 ? [["of other kinds", others] as const] : [])];
  const left = reasons.map(([reason, names]) => `${names.length} ${reason} (${shortList(names)})`);
  const parts = [
    ...(left.length > 0 ? [`left alone: ${left.join(", ")}`] : []),
    ...(linksOut.length > 0 ? [`links out of it are followed: ${shortList(linksOut)}`] : []),
  ];
  return parts.length > 0 ? `corpus ${given}: ${parts.join("; ")}` : "";
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => name.replace(/\p{Cc}/gu, "?"));
  return `${shown.join(", ")}${names.length > 3 ? ", …" : ""}`;
}
