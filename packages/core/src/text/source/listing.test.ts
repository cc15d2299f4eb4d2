/**
 * @file What is read of a stranger's disk, what is left alone and said, and what is refused by its kind.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as zlib from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { listSource } from "./listing.js";
import { openSource } from "./source.js";

const home = mkdtempSync(join(tmpdir(), "listing-test-"));
afterAll(() => rmSync(home, { recursive: true }));

let folder: string;
let made = 0;
beforeEach(() => {
  folder = join(home, `case-${made++}`);
  mkdirSync(folder);
});

function file(name: string, content: string | Uint8Array = '{"text":"a"}\n'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
function link(target: string, name: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  symlinkSync(target, join(folder, name));
}
const namesOf = (source = folder) => listSource(source).files.map(({ name }) => name);
const refused = (path: string) => expect(async () => openSource(listSource(path))).rejects;

describe("hidden files", () => {
  it("and folders below a source are left alone, however deep, and said", () => {
    for (const name of [
      ".ipynb_checkpoints/train-checkpoint.jsonl",
      "._train.jsonl",
      ".DS_Store",
      ".git/objects/a.txt",
      "sub/.cache/deep/er/b.jsonl",
      "__MACOSX/._train.jsonl",
    ])
      file(name);
    file("train.jsonl");
    file("sub/more.jsonl");
    expect(namesOf()).toEqual(["sub/more.jsonl", "train.jsonl"]);
    expect(listSource(folder).note).toBe(`corpus ${folder}: left alone: 6 hidden (.DS_Store, ._train.jsonl, .git, …)`);
  });

  it("that were given themselves, or lie above what was given, are read", () => {
    file(".hidden/data/.own.jsonl");
    file(".hidden/data/train.jsonl");
    expect(namesOf(join(folder, ".hidden/data/.own.jsonl"))).toEqual([".own.jsonl"]);
    expect(namesOf(join(folder, ".hidden/data"))).toEqual(["train.jsonl"]);
  });
});

describe("links", () => {
  it("to files and folders are followed, each place once, those out of the folder said", () => {
    file("train/a.jsonl");
    const outside = file("../outside/b.jsonl");
    link("train/a.jsonl", "again.jsonl");
    link("train", "train-again");
    link(outside, "b.jsonl");
    link(dirname(outside), "more");
    expect(namesOf()).toEqual(["b.jsonl", "train/a.jsonl"]);
    expect(listSource(folder).note).toBe(
      `corpus ${folder}: left alone: 2 links to what is read anyway (again.jsonl, train-again); ` +
        `links out of it are followed: b.jsonl → ${outside}, more → ${dirname(outside)}`,
    );
  });

  it("in a circle are cut", () => {
    file("a.jsonl");
    link(".", "self");
    link("..", "sub/up");
    link("loop", "loop");
    expect(namesOf()).toEqual(["a.jsonl"]);
  });

  it("to nothing are left alone, but for one that a text's name has", () => {
    file("a.jsonl");
    link("/nowhere/run42", "latest");
    expect(namesOf()).toEqual(["a.jsonl"]);
    expect(listSource(folder).note).toContain("1 links to nothing (latest)");
    link("/nowhere/more.jsonl", "more.jsonl");
    expect(() => namesOf()).toThrow(
      "a file of text must be there, got a link to nothing (more.jsonl → /nowhere/more.jsonl)",
    );
  });
});

describe("what is no file", () => {
  it("is never opened: named pipes and sockets in a folder are left alone", async () => {
    file("a.jsonl");
    execFileSync("mkfifo", [join(folder, "pipe.jsonl")]);
    const server = createServer().listen(join(folder, "s.jsonl"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(namesOf()).toEqual(["a.jsonl"]);
    const { note } = listSource(folder);
    expect(note).toContain("1 named pipes (pipe.jsonl)");
    expect(note).toContain("1 sockets (s.jsonl)");
    server.close();
  });

  it("is refused where it was given itself", () => {
    execFileSync("mkfifo", [join(folder, "pipe.jsonl")]);
    expect(() => namesOf(join(folder, "pipe.jsonl"))).toThrow(
      "the source must be a file or a folder, got a named pipe",
    );
    expect(() => namesOf("/dev/null")).toThrow("got a device (/dev/null)");
  });

  it.runIf(process.getuid?.() !== 0)("and folders that may not be read are refused", () => {
    file("a.jsonl");
    file("secret/b.jsonl");
    chmodSync(join(folder, "secret"), 0o000);
    expect(() => namesOf()).toThrow(/secret: the folder must be readable, got EACCES/);
    chmodSync(join(folder, "secret"), 0o700);
  });
});

describe("kinds by name", () => {
  it("of text and JSON may be mixed, whatever the case of their endings; others are left alone and said", () => {
    for (const name of ["a.TXT", "b.jsonl", "c.ndjson", "d.json", "e.JSONL.GZ", "f.text"]) file(name);
    for (const name of ["README.md", "LICENSE", "x.html", "y.zip", "z.arrow", "dataset_info.json"]) file(name);
    expect(namesOf()).toEqual(["a.TXT", "b.jsonl", "c.ndjson", "d.json", "e.JSONL.GZ", "f.text"]);
    expect(listSource(folder).note).toBe(
      `corpus ${folder}: left alone: 6 of other kinds (LICENSE, README.md, dataset_info.json, …)`,
    );
  });

  it.each([
    ["a.parquet", "licence.txt"],
    ["a.csv", "b.jsonl"],
    ["a.tsv", "b.csv"],
  ])("%s beside %s is refused", (one, other) => {
    file(one);
    file(other);
    expect(() => namesOf()).toThrow(/a folder must hold one kind of files, got .*\(.*\) and .*\(.*\)\. Move one kind/);
  });

  it("a packed file beside itself unpacked is left alone, and one that cannot be unpacked here is refused", () => {
    file("a.jsonl");
    file("a.jsonl.gz");
    file("a.jsonl.xz");
    expect(namesOf()).toEqual(["a.jsonl"]);
    file("b.txt.bz2");
    expect(() => namesOf()).toThrow("the file must be of text, got packed as .bz2. Unpack it: bunzip2 -k b.txt.bz2");
  });

  it("a folder without text says what it has instead", () => {
    expect(() => namesOf()).toThrow("the folder must hold text, got no file");
    file("a.arrow");
    file("state.json");
    expect(() => namesOf()).toThrow("the folder must hold text, got only others (a.arrow, state.json)");
  });

  it.each([
    ["x.html", "markup"],
    ["x.html.gz", "markup"],
    ["x.zip", "an archive"],
    ["x.tar", "an archive"],
    ["x.tar.gz", "an archive"],
    ["x.TGZ", "an archive"],
    ["x.arrow", "Arrow"],
    ["x.pdf", "a document"],
    ["x.xlsx", "a table"],
    ["x.bin", "no text"],
    ["x.jsonl.bz2", "packed as .bz2"],
    ["x.txt.xz", "packed as .xz"],
    ["x.csv.lz4", "packed as .lz4"],
  ])("%s given by itself is refused as %s", (name, what) => {
    expect(() => namesOf(file(name))).toThrow(`the file must be of text, got ${what}`);
  });
});

describe("kinds by content", () => {
  it("of a file whose name says nothing: prose is read, all else refused", async () => {
    for (const name of ["corpus", "wiki.test.raw", "wiki.valid.tokens", "book.md", "CORPUS"]) {
      const { files } = await openSource(listSource(file(name, "It was a dark night.\n")));
      expect(files[0]?.form).toBe("text");
    }
    await refused(file("lines", '{"text": "a"}\n')).toThrow("the kind of the file must be known, got JSON");
    await refused(file("list", '[{"text": "a"}]')).toThrow("got JSON. Give it the ending .jsonl or .json");
    await refused(file("page", "<!DOCTYPE html><p>a")).toThrow("got markup");
    await refused(file("code.py", "print()")).toThrow(
      "got .py. Give it an ending that says what it is; prepare takes it",
    );
    const said = await openSource(listSource(file("code.py", "print()"), "text"));
    expect(said.files[0]).toMatchObject({ name: "code.py", form: "text" });
  });

  it.each([
    ["UTF-16 (little-endian), by its byte-order mark", Buffer.from("\ufeffa line", "utf16le")],
    ["UTF-16 (big-endian), by its byte-order mark", Buffer.from("\ufeffa line", "utf16le").swap16()],
    ["UTF-16 (little-endian)", Buffer.from("a line of text", "utf16le")],
    ["UTF-16 (big-endian)", Buffer.from("a line of text", "utf16le").swap16()],
    ["UTF-32, by its byte-order mark", Buffer.from([0xff, 0xfe, 0, 0, 97, 0, 0, 0])],
    ["gzip", zlib.gzipSync("a")],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])],
    ["bzip2", Buffer.from("BZh91AY")],
    ["xz", Buffer.from("\xfd7zXZ\0\0", "latin1")],
    ["a zip archive or an office document", Buffer.from("PK\x03\x04")],
    ["parquet", Buffer.from("PAR1....")],
    ["Arrow", Buffer.from("ARROW1\0\0")],
    ["a tar archive", Buffer.concat([Buffer.alloc(257), Buffer.from("ustar\0")])],
    ["what macOS keeps beside a file", Buffer.from([0, 5, 0x16, 7, 0, 2])],
    ["a pointer of Git LFS, not the file", Buffer.from("version https://git-lfs.github.com/spec/v1\noid")],
  ])("named text and being %s is refused as such, packed or not", async (what, bytes) => {
    const rule = what.startsWith("UTF") ? "text must be UTF-8" : "the file must be what its name says";
    for (const path of [file("a.txt", bytes), file("a.jsonl", bytes), file("b.csv.gz", zlib.gzipSync(bytes))])
      await refused(path).toThrow(`corpus ${path}: ${rule}, got ${what}. `);
  });

  it("tells JSON lines from a list and from objects of several lines", async () => {
    const formOf = async (content: string) => (await openSource(listSource(file("a.json", content)))).files[0]?.form;
    expect(await formOf('{"a":1}\n{"a":2}')).toBe("jsonl");
    expect(await formOf('\ufeff\n {"a":"}\\n"}\n')).toBe("jsonl");
    expect(await formOf(' [{"a":1}]')).toBe("array");
    expect(await formOf('{"a":\n1}\n{"a":\n2}')).toBe("values");
    expect(await formOf("")).toBe("jsonl");
  });

  it("a table must begin with the names of its columns, within quotes or not", async () => {
    const { files } = await openSource(listSource(file("a.csv", '\ufeffid,"text, ""all"" of\nit"\r\n1,a\r\n')));
    expect(files[0]?.columns).toEqual(["id", 'text, "all" of\nit']);
    await refused(file("b.csv", "")).toThrow("a table must begin with the names of its columns, got nothing");
  });
});
