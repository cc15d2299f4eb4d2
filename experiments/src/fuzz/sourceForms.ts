/** @file The same texts written in every form that the reader knows, and what must come back. */
import { gzipSync } from "node:zlib";
import type { RandomStream } from "@sdtt/core/base";
import { parquetWriteBuffer } from "hyparquet-writer";
import { chance, oneOf } from "./target.js";

export interface Written {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What a reader must give; what it is asked with. */
  readonly expected: readonly string[];
  readonly documents: "file" | "line";
  /** Whether a file that was cut off tells it. */
  readonly tellsCut: boolean;
}

const delimiter = "<|endoftext|>";
const withoutMark = (text: string) => text.replace(/^\ufeff/, "");
const blank = (text: string) => text.trim() === "";

function cell(text: string, sign: string, random: RandomStream): string {
  const mustQuote = new RegExp(`["\\n\\r${sign}]|^\\s*$|^\\ufeff`).test(text);
  return mustQuote || chance(random, 0.2) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table with another column before the text; within cells a Windows line end is everybody's. */
function table(texts: readonly string[], sign: string, random: RandomStream) {
  const end = chance(random, 0.5) ? "\n" : "\r\n";
  const rows = texts.map((text, i) => `${i}${sign}${cell(text, sign, random)}`);
  const content = [`id${sign}text`, ...rows].join(end) + (chance(random, 0.5) ? end : "");
  return { content, expected: texts.map((text) => text.replaceAll("\r\n", "\n")) };
}

/** What the rules say of a text file, told in another way than the reader goes. */
function plain(content: string, documents: "file" | "line"): string[] {
  const firstBreak = content.indexOf("\n");
  const isWindows = firstBreak > 0 && content[firstBreak - 1] === "\r";
  const text = isWindows ? content.split("\r\n").join("\n") : content;
  if (documents === "line")
    return text
      .split("\n")
      .map((line) => withoutMark(line).replace(/\r$/, ""))
      .filter((line) => !blank(line));
  const parts = text.split(delimiter).map(withoutMark);
  return parts.length === 1 ? parts : parts.map((part) => part.replace(/^\n/, ""));
}

const wellFormed = (texts: readonly string[]) => texts.map((text) => text.toWellFormed());

type Form = (
  texts: readonly string[],
  random: RandomStream,
) => Omit<Written, "bytes"> & { content: string | Uint8Array };

const objects = (texts: readonly string[]) => texts.map((text, n) => ({ n, deep: [{ "]": "}" }], text }));
const json = (name: string, content: string, texts: readonly string[], tellsCut: boolean) => ({
  ...{ name, content, expected: wellFormed(texts), documents: "file" as const, tellsCut },
});

const forms: readonly Form[] = [
  (texts, random) =>
    json(
      oneOf(random, ["a.jsonl", "A.JSONL", "a.ndjson", "a.json"]),
      objects(texts)
        .map((one) => JSON.stringify(one))
        .join(oneOf(random, ["\n", "\r\n", "\n\n"])),
      texts,
      false,
    ),
  (texts, random) => json("list.json", JSON.stringify(objects(texts), null, random.integer(3)), texts, true),
  (texts) =>
    json(
      "objects.json",
      objects(texts)
        .map((one) => JSON.stringify(one, null, 2))
        .join("\n"),
      texts,
      false,
    ),
  (texts, random) => ({ name: "t.csv", ...table(wellFormed(texts), ",", random), documents: "file", tellsCut: false }),
  (texts, random) => ({ name: "t.tsv", ...table(wellFormed(texts), "\t", random), documents: "file", tellsCut: false }),
  (texts, random) => text(wellFormed(texts).join(delimiter), oneOf(random, ["file", "line"])),
  (texts, random) => text(wellFormed(texts).join(oneOf(random, ["\n", "\r\n"])), oneOf(random, ["file", "line"])),
  (texts, random) => ({
    name: "p.parquet",
    content: parquet(wellFormed(texts), random),
    expected: wellFormed(texts),
    documents: "file",
    tellsCut: true,
  }),
];

function text(content: string, documents: "file" | "line") {
  return { name: "t.txt", content, expected: plain(withoutMark(content), documents), documents, tellsCut: false };
}

function parquet(texts: readonly string[], random: RandomStream): Uint8Array {
  const columnData = [
    { name: "id", data: texts.map((_, i) => i), type: "INT32" as const },
    { name: "text", data: [...texts], type: "STRING" as const },
  ];
  const codec = oneOf(random, ["SNAPPY", "UNCOMPRESSED"] as const);
  return new Uint8Array(
    parquetWriteBuffer({ columnData, codec, rowGroupSize: 1 + random.integer(20), pageSize: 1 + random.integer(2000) }),
  );
}

/** Texts in a form, perhaps with a mark before them, perhaps packed in one piece or several. */
export function written(texts: readonly string[], random: RandomStream): Written {
  const { content, name, expected, documents, tellsCut } = oneOf(random, forms)(texts, random);
  const mark = typeof content === "string" && !content.startsWith("\ufeff") && chance(random, 0.3) ? "\ufeff" : "";
  const bytes = typeof content === "string" ? Buffer.from(mark + content) : content;
  if (name.endsWith(".parquet") || chance(random, 0.6)) return { name, bytes, expected, documents, tellsCut };
  const cut = random.integer(bytes.length + 1);
  const parts = chance(random, 0.5) ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
  return {
    name: `${name}.gz`,
    bytes: Buffer.concat(parts.map((part) => gzipSync(part))),
    expected,
    documents,
    tellsCut: true,
  };
}
