/** @file Passages: LAMBADA's lines, and the set cut from documents. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cutPassages, lambadaPassages, lastWordPassages, spread } from "./lastWord.js";

const folder = mkdtempSync(join(tmpdir(), "last-word-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(...lines: string[]): string {
  const path = join(folder, "set.jsonl");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

describe("lambadaPassages", () => {
  it("takes what follows the last space as the word, with that space", () => {
    const path = file('{"text": "He said \\"stop\\".\\n\\nShe did not stop"}', '{"text": "a b"}');
    expect(lambadaPassages(path)).toEqual([
      { id: "set.jsonl:1", context: 'He said "stop".\n\nShe did not', word: " stop" },
      { id: "set.jsonl:2", context: "a", word: " b" },
    ]);
  });

  it.each([
    ["{not json", "set.jsonl:2: the line must be JSON"],
    ['{"txt": "a b"}', "set.jsonl:2: text must be a string, got undefined"],
    [
      '{"text": "He left "}',
      'lambada set.jsonl:2: the last word must not be empty, got "He left " (ends with a space)',
    ],
    ['{"text": "alone"}', 'lambada set.jsonl:2: a passage must have words before the last, got "alone"'],
    ['{"text": ""}', "set.jsonl:2: a passage must have words before the last"],
  ])("refuses %s with its line number", (line, message) => {
    expect(() => lambadaPassages(file('{"text": "a b"}', line))).toThrow(message);
  });

  it("refuses a file that is not .jsonl, and one without items", () => {
    expect(() => lambadaPassages("lambada.txt")).toThrow("the source must be last-word or a .jsonl file");
    expect(() => lambadaPassages(file(""))).toThrow("there must be items, got 0");
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
  it("cuts some hundreds of passages from the embedded corpus, the same at every call", () => {
    const passages = lastWordPassages("embedded", 40);
    expect(passages.length).toBeGreaterThan(200);
    expect(lastWordPassages("embedded", 40)).toEqual(passages);
  });

  it("refuses a corpus that holds none", () => {
    expect(() => lastWordPassages("embedded", 100000)).toThrow(
      "held-out documents must hold a passage of 100000 words",
    );
  });
});

it("spreads a choice over all passages", () => {
  expect(spread([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
  expect(spread([0, 1], 4)).toEqual([0, 1]);
});
