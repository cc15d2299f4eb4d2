/** @file Passages: LAMBADA's lines, and the set cut from documents. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { spread } from "../texts/spread.js";
import { cutPassages, lambadaPassages, lastWordPassages } from "./lastWord.js";

const folder = mkdtempSync(join(tmpdir(), "last-word-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(...lines: string[]): string {
  const path = join(folder, "set.jsonl");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

describe("lambadaPassages", () => {
  it("takes what follows the last space as the word, with that space", async () => {
    const path = file('{"text": "He said \\"stop\\".\\n\\nShe did not stop"}', '{"text": "a b"}');
    expect((await lambadaPassages(path)).passages).toEqual([
      { id: "set.jsonl:1", context: 'He said "stop".\n\nShe did not', word: " stop" },
      { id: "set.jsonl:2", context: "a", word: " b" },
    ]);
  });

  it.each([
    ["{not json", "set.jsonl:2: the line must be JSON"],
    ['{"txt": "a b"}', "set.jsonl:2: text must be a string, got undefined"],
    ['{"text": "alone"}', 'lambada set.jsonl:2: a passage must have words before the last, got "alone"'],
    ['{"text": ""}', "set.jsonl:2: a passage must have words before the last"],
  ])("refuses %s with its line number", async (line, message) => {
    await expect(lambadaPassages(file('{"text": "a b"}', line))).rejects.toThrow(message);
  });

  it("takes a line of text for a passage, packed or not, and records of any form", async () => {
    const passages = [
      { context: "He said stop", word: " twice" },
      { context: "She went", word: " on" },
    ];
    const texts = passages.map(({ context, word }) => context + word);
    const forms: [string, string | Uint8Array][] = [
      ["lambada_test_plain_text.txt", `${texts.join("\r\n")}\r\n`],
      ["set.jsonl.gz", gzipSync(texts.map((text) => JSON.stringify({ text })).join("\n"))],
      ["set.json", JSON.stringify(texts.map((text) => ({ text })))],
      ["set.csv", `domain,text\nx,${texts.join("\nx,")}\n`],
    ];
    for (const [name, content] of forms) {
      const path = join(folder, name);
      writeFileSync(path, content);
      expect((await lambadaPassages(path)).passages.map(({ id: _, ...passage }) => passage)).toEqual(passages);
    }
  });

  it.each(["\n", " ", "\r\n", "\t", "\u00a0", " \n \n", "\u2028"])(
    "leaves off what white space there is at a passage's end, and says how often: %j",
    async (end) => {
      const texts = ["He said stop twice", "She went on", "One two three"];
      const lines = (ends: readonly string[]) => texts.map((text, i) => JSON.stringify({ text: text + ends[i] }));
      const clean = await lambadaPassages(file(...lines(["", "", ""])));
      const { passages, cutEnds } = await lambadaPassages(file(...lines([end, "", end])));
      expect(passages).toEqual(clean.passages);
      expect([clean.cutEnds, cutEnds]).toEqual([undefined, "2 of 3 passages end in white space, which was left off"]);
    },
  );

  it("refuses a file without items", async () => {
    await expect(lambadaPassages(file(""))).rejects.toThrow("there must be items, got 0");
  });
});

describe("cutPassages", () => {
  const text = "The light was good. He saw it and called the light, day and night the other; then came light again.";

  it("cuts passages of the fixed length whose last word occurs earlier in them, cut clean of punctuation", () => {
    const passages = cutPassages("d", text, 11);
    expect(passages).toEqual([
      { id: "d (word 11)", context: "The light was good. He saw it and called the", word: " light" },
    ]);
  });

  it("lets no two passages overlap, and cuts each out of the text as it is", () => {
    const verses = Array.from({ length: 30 }, (_, i) => `waters came,\nand the waters number ${i}`).join(" ");
    const passages = cutPassages("d", verses, 8);
    expect(passages.length).toBeGreaterThan(5);
    let from = 0;
    for (const { context, word } of passages) {
      const at = verses.indexOf(context + word, from);
      expect(at).toBeGreaterThanOrEqual(from);
      from = at + context.length + word.length;
      expect(`${context}${word}`.split(/\s+/)).toHaveLength(8);
      expect(context.toLowerCase()).toContain(word.trim().toLowerCase());
    }
  });

  it("asks for no word of fewer than five letters, none after a line break, none that is new", () => {
    expect(cutPassages("d", "the one and the", 4)).toEqual([]);
    expect(cutPassages("d", "light and more\nlight", 4)).toEqual([]);
    expect(cutPassages("d", "one two three fourth", 4)).toEqual([]);
    expect(cutPassages("d", "light and more light", 4)).toHaveLength(1);
  });
});

describe("lastWordPassages", () => {
  it("cuts some hundreds of passages from the embedded corpus, the same at every call", async () => {
    const passages = await lastWordPassages("embedded", 40);
    expect(passages.length).toBeGreaterThan(200);
    expect(await lastWordPassages("embedded", 40)).toEqual(passages);
  });

  it("refuses a corpus that holds none", async () => {
    await expect(lastWordPassages("embedded", 100000)).rejects.toThrow(
      "held-out documents must hold a passage of 100000 words",
    );
  });
});

it("spreads a choice over all passages", () => {
  expect(spread([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
  expect(spread([0, 1], 4)).toEqual([0, 1]);
});
