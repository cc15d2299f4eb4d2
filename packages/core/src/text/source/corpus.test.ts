/**
 * @file Corpora: what a document is for each source, and what is refused.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openCorpus } from "./corpus.js";
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
  const bible = [...openCorpus("embedded")];

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
    const addresses = [...openCorpus("embedded:sotu")];
    expect(addresses.length).toBeGreaterThan(200);
    expect(addresses[0]?.id).toMatch(/^1790_george_washington/);
    expect(addresses.every(({ text }) => text.length > 1000)).toBe(true);
  });

  it("splits by document about 90 / 5 / 5, the same on every walk", () => {
    const again = [...openCorpus("embedded")].map(splitOf);
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

describe("a folder", () => {
  it("gives its text files and JSONL lines in the order of their names, below folders too", () => {
    file("mixed/b.txt", "second");
    file("mixed/a/x.txt", "first");
    file("mixed/c.jsonl", '{"text":"third"}\n\n{"text":"fourth\\n"}');
    file("mixed/ignored.md", "no");
    const corpus = openCorpus(join(folder, "mixed"));
    const expected = [
      { id: "a/x.txt", text: "first" },
      { id: "b.txt", text: "second" },
      { id: "c.jsonl:1", text: "third" },
      { id: "c.jsonl:3", text: "fourth\n" },
    ];
    expect([...corpus]).toEqual(expected);
    expect([...corpus]).toEqual(expected);
  });

  it("without text files is refused", () => {
    mkdirSync(join(folder, "bare"));
    expect(() => openCorpus(join(folder, "bare"))).toThrow("the folder must hold .txt or .jsonl files, got 0");
  });
});

describe("a single file", () => {
  it("is one document, or several with end-of-text between them", () => {
    expect([...openCorpus(file("one.txt", "a\n\nb\n"))]).toEqual([{ id: "one.txt", text: "a\n\nb\n" }]);
    expect([...openCorpus(file("two.txt", "a\n<|endoftext|>\nb"))].map(({ text }) => text)).toEqual(["a\n", "b"]);
  });

  it("of JSONL may be longer than what is read at once", () => {
    const long = "é".repeat(700_000);
    const path = file(
      "long.jsonl",
      `${JSON.stringify({ text: long })}\n${JSON.stringify({ text: "short" })}\n`.repeat(2),
    );
    expect([...openCorpus(path)].map(({ text }) => text)).toEqual([long, "short", long, "short"]);
  });

  it("that is not UTF-8 is refused with its place", () => {
    const path = file("latin1.txt", Buffer.from("na\xefve and more", "latin1"));
    expect(() => [...openCorpus(path)]).toThrow(
      `corpus ${path}: text must be UTF-8, got bytes that are not (near byte`,
    );
    const lines = file("latin1.jsonl", Buffer.from('{"text":"a"}\n{"text":"\xe9"}\n', "latin1"));
    expect(() => [...openCorpus(lines)]).toThrow(`corpus ${lines}:2: text must be UTF-8`);
  });

  it("of JSONL is refused at the line that is not JSON or has no text", () => {
    const broken = file("broken.jsonl", '{"text":"a"}\n{"text":');
    expect(() => [...openCorpus(broken)]).toThrow(`corpus ${broken}:2: the line must be JSON`);
    for (const line of ['{"content":"a"}', "null", '"a"', '{"text":3}']) {
      expect(() => [...openCorpus(file("other.jsonl", line))]).toThrow("text must be a string");
    }
  });

  it("that does not exist is refused with what may be given", () => {
    expect(() => openCorpus(join(folder, "none"))).toThrow('Give "embedded", "embedded:sotu", a folder');
  });
});
