/**
 * @file The one reader: the embedded corpora, the same texts in every form a file can have, and what is refused.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { embeddedDocuments } from "./embedded.js";
import { readDocuments, readRecords, readTexts, readTrainingTexts, readWhole } from "./read.js";
import { splitOf } from "./split.js";

const folder = mkdtempSync(join(tmpdir(), "corpus-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe("embedded corpora", () => {
  const bible = [...embeddedDocuments("embedded")];

  it("gives the King James Bible a chapter a document, a verse a line", () => {
    expect(bible).toHaveLength(1189);
    expect(bible[0]?.id).toBe("Genesis 1");
    expect(bible[0]?.text.split("\n")).toHaveLength(31);
    expect(bible.at(-1)?.id).toBe("Revelation 22");
    expect(bible.reduce((lines, { text }) => lines + text.split("\n").length, 0)).toBe(31102);
    expect(new Set(bible.map(({ id }) => id)).size).toBe(1189);
  });

  it("leaves no mark of the package in the text, and loses no word in italics", () => {
    const text = bible.map((document) => document.text).join("\n");
    expect(text).not.toMatch(/[#[\]\d]| {2}|^ | $/m);
    expect(text).toContain("and darkness was upon the face of the deep.");
  });

  it("gives the State of the Union an address a document", () => {
    const addresses = [...embeddedDocuments("embedded:sotu")];
    expect(addresses.length).toBeGreaterThan(200);
    expect(addresses[0]?.id).toMatch(/^1790_george_washington/);
    expect(addresses.every(({ text }) => text.length > 1000)).toBe(true);
  });

  it("splits by document about 90 / 5 / 5, the same on every walk", () => {
    const again = [...embeddedDocuments("embedded")].map(splitOf);
    expect(bible.map(splitOf)).toEqual(again);
    const share = (split: string) => again.filter((one) => one === split).length / again.length;
    expect(share("train")).toBeCloseTo(0.9, 1);
    expect(share("validation")).toBeGreaterThan(0.03);
    expect(share("test")).toBeGreaterThan(0.03);
  });

  it("moves a document to no other split when others come or go", () => {
    expect(splitOf({ id: "Genesis 1", text: bible[0]?.text as string })).toBe(splitOf(bible[0] as never));
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const documentsOf = (path: string, options: Parameters<typeof readDocuments>[1] = {}) =>
  collect(readDocuments(path, options));
const textsOf = async (path: string, options: Parameters<typeof readDocuments>[1] = {}) =>
  (await documentsOf(path, options)).map(({ text }) => text);

describe("a folder", () => {
  it("gives its text files and JSONL lines in the order of their names, below folders too", async () => {
    file("mixed/b.txt", "second");
    file("mixed/a/x.txt", "first");
    file("mixed/c.jsonl", '{"text":"third"}\n\n{"text":"fourth\\n"}');
    file("mixed/ignored.md", "no");
    expect(await documentsOf(join(folder, "mixed"))).toEqual([
      { id: "a/x.txt", text: "first" },
      { id: "b.txt", text: "second" },
      { id: "c.jsonl:1", text: "third" },
      { id: "c.jsonl:3", text: "fourth\n" },
    ]);
  });
});

describe("a single file", () => {
  it("is one document, or several with end-of-text between them", async () => {
    expect(await documentsOf(file("one.txt", "a\n\nb\n"))).toEqual([{ id: "one.txt", text: "a\n\nb\n" }]);
    expect(await textsOf(file("two.txt", "a\n<|endoftext|>\nb"))).toEqual(["a\n", "b"]);
  });

  it("of JSONL may be longer than what is read at once", async () => {
    const long = "é".repeat(700_000);
    const lines = `${JSON.stringify({ text: long })}\n${JSON.stringify({ text: "short" })}\n`;
    expect(await textsOf(file("long.jsonl", lines.repeat(2)))).toEqual([long, "short", long, "short"]);
  });

  it("that is not UTF-8 is refused with its place", async () => {
    const path = file("latin1.txt", Buffer.from("na\xefve and more", "latin1"));
    await expect(documentsOf(path)).rejects.toThrow(`corpus ${path}: text must be UTF-8, got bytes that are not (near`);
    const lines = file("latin1.jsonl", Buffer.from('{"text":"a"}\n{"text":"\xe9"}\n', "latin1"));
    await expect(documentsOf(lines)).rejects.toThrow(`corpus ${lines}:2: text must be UTF-8`);
  });

  it.each([
    ["null", "null"],
    ["3", "number"],
    ['["a"]', "a list"],
    ['{"en":"a"}', "object"],
    ["true", "boolean"],
  ])("of JSONL is refused at the line whose text is %s, which is called %s", async (value, name) => {
    const path = file("other.jsonl", `{"text":"a"}\n{"text":${value}}`);
    await expect(documentsOf(path)).rejects.toThrow(`corpus ${path}:2: text must be a string, got ${name}.`);
  });

  it("of JSONL is refused at the line that is not JSON or has no text", async () => {
    const broken = file("broken.jsonl", '{"text":"a"}\n{"text":');
    await expect(documentsOf(broken)).rejects.toThrow(`corpus ${broken}:2: the line must be JSON`);
    for (const [line, got] of [
      ['{"content":"a"}', "undefined (fields content)"],
      ["null", "undefined (it is null)"],
      ['"a"', "undefined (it is string)"],
      ["{}", "undefined (no fields)"],
    ] as const) {
      const path = file("other.jsonl", line);
      await expect(documentsOf(path)).rejects.toThrow(`corpus ${path}:1: text must be a string, got ${got}.`);
    }
  });

  it("that does not exist is refused with what may be given", async () => {
    await expect(documentsOf(join(folder, "none"))).rejects.toThrow('Give "embedded", "embedded:sotu", a file');
  });

  it("with half of a surrogate pair has U+FFFD there, and says where", async () => {
    const path = file("half.jsonl", '{"text":"a"}\n{"text":"b \\ud83d c"}\n{"text":"\\ud83d\\ude42"}');
    expect(await documentsOf(path)).toEqual([
      { id: "half.jsonl:1", text: "a" },
      { id: "half.jsonl:2", text: "b \ufffd c", mended: `${path}:2` },
      { id: "half.jsonl:3", text: "🙂" },
    ]);
  });
});

const texts = ['First, with "quotes".', "Second\nof two lines, é 🙂", "", "  ", "Fourth\tand more", "[last] {one}"];
const rows = texts.map((text, i) => ({ n: i, text, other: `o${i}` }));
const cell = (value: unknown, delimiter: string) =>
  new RegExp(`["\n\r${delimiter}]|^\\s*$`).test(String(value))
    ? `"${String(value).replaceAll('"', '""')}"`
    : String(value);
const table = (delimiter: string, lineEnd: string) =>
  [Object.keys(rows[0] as object), ...rows.map(Object.values)]
    .map((cells) => `${cells.map((value) => cell(value, delimiter)).join(delimiter)}${lineEnd}`)
    .join("");
const lines = rows.map((row) => JSON.stringify(row)).join("\n");

const forms: Readonly<Record<string, string>> = {
  "jsonl.jsonl": lines,
  "ndjson.ndjson": `${lines}\n`,
  "lines.json": lines,
  "list.json": JSON.stringify(rows),
  "spread-list.json": JSON.stringify(rows, null, 2),
  "objects.json": rows.map((row) => JSON.stringify(row, null, 2)).join("\n"),
  "table.csv": table(",", "\n"),
  "table.tsv": table("\t", "\n"),
  "UPPER.JSONL": lines,
  "UPPER.CSV": table(",", "\n"),
};
const packings: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
  ["", (bytes) => bytes],
  [".gz", (bytes) => zlib.gzipSync(bytes)],
  [".GZ", (bytes) => Buffer.concat([zlib.gzipSync(bytes.subarray(0, 30)), zlib.gzipSync(bytes.subarray(30))])],
];

describe.each(packings)("the same texts packed as %j", (ending, pack) => {
  it.each(Object.entries(forms))(
    "are read from %s, with a mark before them and Windows' line ends too",
    async (name, content) => {
      for (const [variant, changed] of Object.entries({
        plain: content,
        marked: `\ufeff${content}`,
        windows: content.replaceAll("\n", "\r\n"),
      })) {
        const path = file(`forms/${variant}-${name}${ending}`, pack(Buffer.from(changed)));
        expect(await textsOf(path)).toEqual(texts);
        const values = (await collect(readRecords(path))).map(({ value }) => (value as { other: string }).other);
        expect(values).toEqual(rows.map(({ other }) => other));
      }
    },
  );

  it("are read from text, line by line and as it stands", async () => {
    const content = "one\n\ntwo, é\n three\n";
    for (const changed of [content, `\ufeff${content}`, content.replaceAll("\n", "\r\n")]) {
      const path = file(`forms/text.txt${ending}`, pack(Buffer.from(changed)));
      expect(await textsOf(path)).toEqual([content]);
      expect(await textsOf(path, { documents: "line" })).toEqual(["one", "two, é", " three"]);
      expect(await readWhole(path)).toBe(content);
    }
  });
});

it("of a text whose first line ends otherwise, carriage returns are characters, also where chunks part them", async () => {
  expect(await textsOf(file("mixed.txt", "one\ntwo\r\nthree"))).toEqual(["one\ntwo\r\nthree"]);
  const long = "x".repeat((1 << 20) - 1);
  expect(await textsOf(file("parted.txt", `${long}\r\ntwo\r\n`))).toEqual([`${long}\ntwo\n`]);
  expect(await textsOf(file("no-break.txt", "one\r"))).toEqual(["one\r"]);
});

describe("records", () => {
  it("of parquet are objects, whole numbers plain ones", async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "label", data: [1n, 2n, 3n], type: "INT64" },
        { name: "choices", data: [["a"], ["b", "c"], []] },
      ],
      rowGroupSize: 2,
    });
    const path = file("records.parquet", new Uint8Array(bytes));
    expect(await collect(readRecords(path))).toEqual([
      { place: `${path}, row 1`, number: 1, value: { label: 1, choices: ["a"] } },
      { place: `${path}, row 2`, number: 2, value: { label: 2, choices: ["b", "c"] } },
      { place: `${path}, row 3`, number: 3, value: { label: 3, choices: [] } },
    ]);
  });

  it("are none of plain text", async () => {
    await expect(collect(readRecords(file("plain.txt", "a b")))).rejects.toThrow(
      "it must be of records, got plain text",
    );
  });

  it("as text are a line each", async () => {
    expect(await readWhole(file("whole.jsonl", '{"text":" = A = \\n"}\n{"text":"b"}'))).toBe(" = A = \nb\n");
  });
});

it("gives the training texts of a split, white space alone left out", async () => {
  const path = file("splits.jsonl", lines);
  const all = await Promise.all(
    (["train", "validation", "test"] as const).map((split) => collect(readTexts(path, split))),
  );
  expect(all.flat().sort()).toEqual(texts.filter((text) => text.trim() !== "").sort());
});

it("texts that are all held out are told from a source without text", async () => {
  const path = join(folder, "held.jsonl");
  const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ text: `line ${i}` }));
  const splitOfLine = async (line: string) => {
    writeFileSync(path, `${line}\n`);
    return (await collect(readTexts(path, "train"))).length === 1;
  };
  const trained: boolean[] = [];
  for (const line of lines) trained.push(await splitOfLine(line));
  const held = lines[trained.indexOf(false)] as string;
  expect(trained).toContain(false);
  writeFileSync(path, `${held}\n`);
  await expect(collect(readTrainingTexts(path))).rejects.toThrow(
    "the training split must hold a document, got 1 in validation and test, by their hash",
  );
  writeFileSync(path, "");
  expect(await collect(readTrainingTexts(path))).toEqual([]);
});
