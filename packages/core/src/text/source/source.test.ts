/**
 * @file Sources of every kind, read piece by piece: the same documents however they are packed or cut, little in memory
 * at a time, and one error for each way in which a file can be bad.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as zlib from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { type CorpusOptions, documentsOfPiece, plainCorpus } from "../shards/encodePiece.js";
import { cutPieces, firstPiece, type Piece } from "../shards/pieces.js";
import type { ReadChunks } from "./chunks.js";
import { longestDocument } from "./cut.js";
import { listSource } from "./listing.js";
import { openSource } from "./source.js";

const folder = mkdtempSync(join(tmpdir(), "source-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

type Options = Partial<CorpusOptions> & { pieceBytes?: number; read?: ReadChunks };

async function piecesOf(source: string, options: Options = {}, from = firstPiece): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const corpus = { ...plainCorpus, ...options };
  const opened = await openSource(listSource(source, corpus.format), corpus.column, options.read);
  for await (const piece of cutPieces(opened, corpus, from)) pieces.push(piece);
  return pieces;
}

async function documentsOf(source: string, options: Options = {}) {
  const documents: { id: string; text: string }[] = [];
  for (const piece of await piecesOf(source, options)) {
    for await (const document of documentsOfPiece(piece, { ...plainCorpus, ...options })) documents.push(document);
  }
  return documents;
}

const texts = Array.from({ length: 50 }, (_, i) => `Text ${i}, naïve “é”\n${"word ".repeat(i)}`);
const jsonl = texts.map((text, i) => JSON.stringify({ text, other: `o${i}`, n: i })).join("\n");
const numbered = (name: string) => texts.map((text, i) => ({ id: `${name}:${i + 1}`, text }));
const parquet = (changes: object = {}, data: (string | null)[] = texts) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "n", data: data.map((_, i) => i), type: "INT32" },
        { name: "text", data, type: "STRING", nullable: true },
        { name: "tags", data: data.map(() => ["x"]) },
      ],
      rowGroupSize: 7,
      ...changes,
    }),
  );

describe("a source", () => {
  it("of JSON lines gives the field asked for, packed or not", async () => {
    expect(await documentsOf(file("a/x.jsonl", jsonl))).toEqual(numbered("x.jsonl"));
    const packed = file("a/y.jsonl.gz", zlib.gzipSync(jsonl));
    expect(await documentsOf(packed)).toEqual(numbered("y.jsonl.gz"));
    const fields = await documentsOf(packed, { field: "other" });
    expect(fields[49]).toEqual({ id: "y.jsonl.gz:50", text: "o49" });
  });

  it.each([{}, { codec: "UNCOMPRESSED" }, { codec: "GZIP", compressors: { GZIP: zlib.gzipSync } }, { pageSize: 100 }])(
    "of parquet gives the rows of the column, written with %j",
    async (changes) => {
      expect(await documentsOf(file("b.parquet", parquet(changes)))).toEqual(numbered("b.parquet"));
    },
  );

  it("that is a folder of shards gives them in the order of their names", async () => {
    file("shards/train-1.parquet", parquet());
    file("shards/sub/train-0.parquet", parquet());
    file("shards/README.md", "no");
    const expected = [...numbered("sub/train-0.parquet"), ...numbered("train-1.parquet")];
    expect(await documentsOf(join(folder, "shards"))).toEqual(expected);
  });

  it("of lines gives a document a line, and of WikiText one an article, headings of sections inside", async () => {
    const lines = file("lines.txt", "\ufeffone\r\n\ntwo\nthree");
    expect(await documentsOf(lines, { documents: "line" })).toEqual([
      { id: "lines.txt:1", text: "one" },
      { id: "lines.txt:3", text: "two" },
      { id: "lines.txt:4", text: "three" },
    ]);
    const wiki = " \n = One = \n \n First . \n = = Part = = \n a = b \n = c \n \n = Two = \n Second . \n";
    const articles = await documentsOf(file("wiki.txt", wiki), { documents: "article" });
    expect(articles.map(({ text }) => text)).toEqual([
      " \n",
      " = One = \n \n First . \n = = Part = = \n a = b \n = c \n \n",
      " = Two = \n Second . \n",
    ]);
  });

  it("gives the first records only, as many as it is told to, across files", async () => {
    file("limit/a.jsonl", jsonl);
    file("limit/b.txt", "x<|endoftext|>y<|endoftext|>z");
    const all = await documentsOf(join(folder, "limit"));
    for (const limit of [1, 49, 50, 51, 52, 53, 99]) {
      const some = await documentsOf(join(folder, "limit"), { limit, pieceBytes: 100 });
      expect(some).toEqual(all.slice(0, limit));
    }
    const rows = await documentsOf(file("limit.parquet", parquet()), { limit: 10 });
    expect(rows).toEqual(numbered("limit.parquet").slice(0, 10));
  });
});

describe("pieces", () => {
  const kinds: readonly (readonly [string, string | Uint8Array, Options])[] = [
    ["p.jsonl", jsonl, {}],
    ["p.jsonl.gz", zlib.gzipSync(jsonl), {}],
    ["p.txt", texts.join("<|endoftext|>\n"), {}],
    ["q.txt", texts.join("\n"), { documents: "line" }],
    ["r.txt", texts.map((text, i) => ` = ${i} = \n${text}\n`).join(""), { documents: "article" }],
    ["p.parquet", parquet(), {}],
    ["list.json", `\ufeff [ ${jsonl.replaceAll("\n", " ,\n")} ]\n`, {}],
    ["values.json", texts.map((text) => JSON.stringify({ text, deep: [{ a: "]}" }] }, null, 1)).join("\n\n"), {}],
    ["p.csv", `n,text\n${texts.map((text, i) => `${i},"${text}"\n`).join("")}`, {}],
    ["p.csv.gz", zlib.gzipSync(`n,text\r\n${texts.map((text, i) => `${i},"${text}"\r\n`).join("")}`), {}],
    ["p.tsv", `text\tn\n${texts.map((text, i) => `"${text} ""x"" \t"\t${i}`).join("\n")}`, {}],
  ];

  it.each(kinds)(
    "of %s are whole documents, the same from any piece on and with chunks of any size",
    async (name, content, options) => {
      const path = file(`pieces/${name}`, content);
      const whole = await documentsOf(path, options);
      const cut = { ...options, pieceBytes: 500 };
      const pieces = await piecesOf(path, cut);
      expect(pieces.length).toBeGreaterThan(3);
      expect(await documentsOf(path, cut)).toEqual(whole);
      for (const [i, { next }] of pieces.entries()) {
        expect(await piecesOf(path, cut, JSON.parse(JSON.stringify(next)))).toEqual(pieces.slice(i + 1));
      }
      if (name.endsWith("parquet") || name.endsWith("gz")) return;
      const bytes = Buffer.from(content as string);
      const read: ReadChunks = async function* (_, from) {
        for (let at = from; at < bytes.length; at += 13) {
          const end = Math.min(bytes.length, at + 13);
          yield { bytes: bytes.subarray(at, end), read: end };
        }
      };
      const small = await piecesOf(path, { ...cut, read });
      expect(small.map(({ parts, next }) => ({ parts, next }))).toEqual(
        pieces.map(({ parts, next }) => ({ parts, next })),
      );
    },
  );

  it("of 256 MiB are made with no more than a piece and a chunk in memory", async () => {
    const path = file("endless.txt", "");
    const line = Buffer.from(`${"word ".repeat(199)}end.\n`);
    const chunk = Buffer.concat(Array.from({ length: 1024 }, () => line));
    let given = 0;
    let taken = 0;
    let mostHeld = 0;
    const read: ReadChunks = async function* () {
      for (let i = 0; i < 256; i++) {
        given += chunk.length;
        mostHeld = Math.max(mostHeld, given - taken);
        yield { bytes: chunk, read: given };
      }
    };
    const pieceBytes = 2 ** 20;
    const options = { ...plainCorpus, documents: "line", read, pieceBytes } as const;
    for await (const { parts } of cutPieces(await openSource(listSource(path)), options)) {
      for (const part of parts) taken += part.kind === "block" ? part.block.bytes.length + 1 : 0;
    }
    expect(given).toBeGreaterThan(250e6);
    expect(given - taken).toBeLessThanOrEqual(1);
    expect(mostHeld).toBeLessThanOrEqual(pieceBytes + 2 * chunk.length);
  });
});

describe("a bad file is refused with its place:", () => {
  const refused = (path: string, options: Options = {}) => expect(documentsOf(path, options)).rejects;

  it("bytes that are not UTF-8, by file, row and byte", async () => {
    const bad = Buffer.from("ab\xe9 and more", "latin1");
    const lines = Buffer.concat([Buffer.from("one\ntwo\n"), bad]);
    await refused(file("bad.txt", lines), { documents: "line" }).toThrow(
      /bad\.txt:3: text must be UTF-8.*near byte 10\)/,
    );
    await refused(file("bad2.txt", bad)).toThrow(/bad2\.txt: text must be UTF-8.*near byte 2\)/);
    const data = [...texts.map((text) => new TextEncoder().encode(text)), new Uint8Array(bad)];
    const rows = parquetWriteBuffer({ columnData: [{ name: "text", data, type: "BYTE_ARRAY" }] });
    await refused(file("bad.parquet", new Uint8Array(rows))).toThrow(
      /bad\.parquet, row 51: text must be UTF-8.*byte 2\)/,
    );
  });

  it("a line that is not JSON, has not the field, or has no string there", async () => {
    await refused(file("j1.jsonl", `${jsonl}\n{"text":`)).toThrow("j1.jsonl:51: the line must be JSON");
    await refused(file("j2.jsonl", jsonl), { field: "body" }).toThrow(
      "j2.jsonl:1: body must be a string, got undefined (fields text, other, n). ",
    );
    await refused(file("j3.jsonl", jsonl), { field: "n" }).toThrow("j3.jsonl:1: n must be a string, got number");
  });

  it("a column that is not there, or holds no text", async () => {
    const path = file("c.parquet", parquet());
    await refused(path, { column: "body" }).toThrow(
      "the column must be one of the file's, got body. Give --column one of: n, text, tags.",
    );
    await refused(path, { column: "n" }).toThrow("the column n must hold text, got INT32");
    await refused(path, { column: "tags" }).toThrow("the column tags must hold text, got JSON");
    const holes = file("holes.parquet", parquet({}, ["a", null]));
    await refused(holes).toThrow("holes.parquet, row 2: text must be a string, got null");
  });

  it("parquet that is none, is cut off, is damaged, or is packed in an unknown way", async () => {
    await refused(file("not.parquet", "plain text")).toThrow("the file must be whole parquet");
    await refused(file("void.parquet", "")).toThrow("the file must be whole parquet");
    const whole = parquet();
    const cut = file("cut.parquet", whole);
    truncateSync(cut, whole.length - 20);
    await refused(cut).toThrow("the file must be whole parquet");
    const damaged = whole.slice();
    damaged.fill(255, 4, 600);
    await refused(file("damaged.parquet", damaged)).toThrow(UserError);
    const lzo = parquet({ codec: "LZO", compressors: { LZO: (bytes: Uint8Array) => bytes } });
    await refused(file("lzo.parquet", lzo)).toThrow(
      "the compression must be known, got LZO. Write the file with one of:",
    );
  });

  it("a packed file that is cut off, or none, or that this Node cannot unpack", async () => {
    const packed = zlib.gzipSync(jsonl);
    await refused(file("cut.jsonl.gz", packed.subarray(0, 200))).toThrow(
      "the file must be whole gzip, got unexpected end",
    );
    await refused(file("not.jsonl.gz", jsonl)).toThrow("the file must be whole gzip, got incorrect header");
    if ("createZstdDecompress" in zlib) return;
    await refused(file("a.jsonl.zst", packed)).toThrow("zstd needs Node 22.15 or newer");
  });

  it("a document that would not fit into memory", async () => {
    const chunk = Buffer.alloc(2 ** 24, "word ");
    const read: ReadChunks = async function* () {
      for (let i = 1; i <= longestDocument / chunk.length + 1; i++) yield { bytes: chunk, read: i * chunk.length };
    };
    await refused(file("long.txt", "x"), { read }).toThrow(
      "a document must be at most 64 MiB, got more (record 1, from byte 0). Put <|endoftext|> between documents",
    );
  });
});
