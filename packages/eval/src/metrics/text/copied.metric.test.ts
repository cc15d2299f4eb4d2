/** @file Copying against counting by hand: every match of every length, on texts over few letters so that there are many. */
import { randomStream } from "@sdtt/core/base";
import { embeddedDocuments, loadTokenizer, type Split, splitOf, type Tokenizer } from "@sdtt/core/text";
import { assetPath } from "@sdtt/core/workspace";
import { describe, expect, it } from "vitest";
import copied, { matchesIn } from "./copied.metric.js";
import { wordReader } from "./wordReader.js";

const end = -1;
const walkOf =
  (...pieces: readonly (readonly number[])[]) =>
  (step: (token: number) => void) => {
    for (const token of pieces.flat()) step(token);
  };

/** The longest suffix of ids[0 … i] without end-of-text that stands in the text without one. */
function byHand(ids: readonly number[], text: readonly number[], i: number): number {
  for (let length = i + 1; length > 0; length--) {
    const wanted = ids.slice(i - length + 1, i + 1);
    if (wanted.includes(end)) continue;
    for (let at = 0; at + length <= text.length; at++) {
      if (wanted.every((id, j) => text[at + j] === id)) return length;
    }
  }
  return 0;
}

function drawn(key: string, seed: number, length: number, letters: number): number[] {
  const random = randomStream(seed, key);
  return Array.from({ length }, () => (random.uniform() < 0.06 ? end : random.integer(letters)));
}

describe("matches", () => {
  it.each([1, 2, 3, 5])("are those found by hand: %i letters", (letters) => {
    for (let seed = 0; seed < 40; seed++) {
      const sequences = [30, 7, 1, 0, 45].map((length, k) => drawn(`s${k}`, seed, length, letters));
      const text = drawn("text", seed, 60, letters);
      const found = matchesIn(sequences, walkOf(text.slice(0, 23), text.slice(23)));
      const expected = sequences.map((ids) => ids.map((_, i) => byHand(ids, text, i)));
      expect(found.map((one) => [...one])).toEqual(expected);
    }
  });

  it("of sequences do not depend on the sequences beside them", () => {
    const sequences = [0, 1, 2, 3].map((k) => drawn(`s${k}`, 7, 50, 3));
    const text = walkOf(drawn("text", 7, 400, 3));
    const together = matchesIn(sequences, text);
    for (const [i, one] of sequences.entries()) expect(matchesIn([one], text)[0]).toEqual(together[i]);
  });
});

/** A token a byte; end-of-text is 256. */
const tokenizer = {
  endOfText: 256,
  bytesOf: (id: number) => Uint8Array.from(id < 256 ? [id] : []),
} as unknown as Tokenizer;
const idsOf = (text: string) =>
  Int32Array.from(text.split("|").flatMap((part, i) => [...(i > 0 ? [256] : []), ...Buffer.from(part)]));

describe("words", () => {
  it("are what stands between white space, wherever tokens and pieces end, and end with their document", () => {
    const found: (string | undefined)[] = [];
    const ids = idsOf("In the  beginning,\nGod| was näher\t|");
    wordReader(tokenizer)([ids.subarray(0, 5), ids.subarray(5)], (word) => found.push(word));
    const bytes = Buffer.from("näher").toString("latin1");
    expect(found).toEqual(["In", "the", "beginning,", "God", undefined, "was", bytes, undefined]);
  });

  it("may be several in one token", () => {
    const tokens = ["a b", "c", " d e ", "f"].map((text) => new Uint8Array(Buffer.from(text)));
    const found: (string | undefined)[] = [];
    const bytesOf = (id: number) => tokens[id] as Uint8Array;
    wordReader({ endOfText: 9, bytesOf })([[0, 1, 2, 3]], (word) => found.push(word));
    expect(found).toEqual(["a", "bc", "d", "e", "f"]);
  });
});

describe("the figures", () => {
  const measured = (text: string, ...texts: string[]) => {
    const samples = texts.map((one) => ({ ids: idsOf(one), text: one }));
    if (copied.needs === "samples") throw new Error("it needs the training text");
    const training = { hash: "text", pieces: () => [idsOf(text)] };
    return copied.measure({ samples, tokenizer, training });
  };
  const spaced = (letters: string) => [...letters].join(" ");

  it("are by hand: of a sample whose nine words stand in the text, and one of which one does", async () => {
    const found = await measured(spaced("abcdeabcddg"), spaced("abcdeabcd"), spaced("gxxxxxxxxx"));
    // 2 of 2 8-grams, and none of 3.
    expect(found["copied-8"]?.value).toBeCloseTo(2 / 5);
    expect(found["copied-longest"]?.value).toBeCloseTo((9 + 1) / 2);
    expect(found["copied-mean"]?.value).toBeCloseTo((1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 1) / 19);
  });

  it("count nothing across the end of a document, in samples or in the text", async () => {
    const found = await measured("a b c d|e f g h", "a b c d|i e f g h", "a b c d e f g h");
    expect(found["copied-8"]?.value).toBe(0);
    expect(found["copied-longest"]?.value).toBeCloseTo(4);
    expect(found["copied-mean"]?.value).toBeCloseTo((4 * (1 + 2 + 3 + 4)) / 17);
  });

  it("are 1 of a text's own pieces, and what chance gives of others", async () => {
    const random = randomStream(3, "text");
    const letters = (count: number) =>
      Array.from({ length: count }, () => String.fromCharCode(97 + random.integer(8))).join("");
    const text = letters(3000);
    const own = await measured(spaced(text), spaced(text.slice(100, 200)), spaced(text.slice(900, 1000)));
    expect([own["copied-8"]?.value, own["copied-longest"]?.value]).toEqual([1, 100]);
    const chance = await measured(spaced(text), spaced(letters(400)));
    // A match of 8 by chance has 3000 / 8⁸ of a place; one of 3 has 3000 / 8³.
    expect(chance["copied-8"]?.value).toBeLessThan(0.01);
    expect(chance["copied-mean"]?.value).toBeGreaterThan(3);
    expect(chance["copied-mean"]?.value).toBeLessThan(5);
  });
});

describe("the embedded corpus", () => {
  it("shares 1 541 of 45 490 8-grams between test and training documents, most of them in Isaiah 39", async () => {
    const teacher = loadTokenizer(assetPath("teacher"));
    const documents = [...embeddedDocuments("embedded")];
    const of = (split: Split) => documents.filter((document) => splitOf(document) === split);
    const words = (text: string) => text.match(/\S+/g) ?? [];
    const grams = (text: string) =>
      words(text).flatMap((_, i, all) => (i + 8 <= all.length ? [all.slice(i, i + 8).join(" ")] : []));
    const known = new Set(of("train").flatMap(({ text }) => grams(text)));
    const held = of("test").map(({ id, text }) => {
      const own = grams(text);
      return { id, text, all: own.length, copied: own.filter((gram) => known.has(gram)).length };
    });
    const sum = (of: (one: (typeof held)[number]) => number) => held.reduce((total, one) => total + of(one), 0);
    expect([sum(({ copied }) => copied), sum(({ all }) => all)]).toEqual([1541, 45490]);

    const training = {
      hash: "train",
      pieces: () => of("train").map(({ text }) => Int32Array.from([...teacher.encode(text), teacher.endOfText])),
    };
    if (copied.needs === "samples") throw new Error("it needs the training text");
    const samples = held.map(({ text }) => ({ ids: teacher.encode(text), text }));
    const found = await copied.measure({ samples, tokenizer: teacher, training });
    expect(found["copied-8"]?.value).toBeCloseTo(1541 / 45490, 12);
    const isaiah = samples.filter((_, i) => held[i]?.id === "Isaiah 39");
    const most = await copied.measure({ samples: isaiah, tokenizer: teacher, training });
    expect(most["copied-8"]?.value).toBeCloseTo(0.563, 3);
  });
});
