/** @file Diversity against values worked out by hand, and BLEU against those that NLTK's documentation prints. */
import { describe, expect, it } from "vitest";
import { distinct } from "./distinct.metric.js";
import { textLength } from "./length.metric.js";
import { repeatedShare } from "./repeated.metric.js";
import { groupedSelfBleu, selfBleu, selfBleuEach, sentenceBleu } from "./selfBleu.metric.js";

// The examples in the documentation of nltk.translate.bleu_score.
const hypothesis1 = "It is a guide to action which ensures that the military always obeys the commands of the party";
const hypothesis2 = "It is to insure the troops forever hearing the activity guidebook that party direct";
const references = [
  "It is a guide to action that ensures that the military will forever heed Party commands",
  "It is the guiding principle which guarantees the military forces always being under the command of the Party",
  "It is the practical guide for the army always to heed the directions of the party",
];

describe("BLEU", () => {
  it("is what NLTK's documentation prints: 0.5046 against three references, 0.4118 against the first", () => {
    expect(sentenceBleu(references, hypothesis1)).toBeCloseTo(0.5045666840058485, 12);
    expect(sentenceBleu(references, hypothesis1)).toBeCloseTo(
      ((17 / 18) * (10 / 17) * (7 / 16) * (4 / 15)) ** 0.25,
      12,
    );
    expect(sentenceBleu(references.slice(0, 1), hypothesis1)).toBeCloseTo(0.4118, 4);
  });

  it("puts 0.1 for no match, and is shortened by the closest length: 14 words against 16", () => {
    const precisions = (8 / 14) * (1 / 13) * (0.1 / 12) * (0.1 / 11);
    expect(sentenceBleu(references, hypothesis2)).toBeCloseTo(Math.exp(1 - 16 / 14) * precisions ** 0.25, 12);
  });

  it("is 1 for a reference itself and 0 where no word is shared", () => {
    expect(sentenceBleu(references, references[1] as string)).toBeCloseTo(1, 12);
    expect(sentenceBleu(references, "xyzzy plugh")).toBe(0);
    expect(sentenceBleu(references, "")).toBe(0);
  });
});

describe("self-BLEU", () => {
  it("is BLEU of each text against all the others, whatever their lengths", () => {
    const texts = [hypothesis1, hypothesis2, ...references, references[0] as string, "the the the the"];
    const expected = texts.map((text, i) =>
      sentenceBleu(
        texts.filter((_, j) => j !== i),
        text,
      ),
    );
    expect(selfBleuEach(texts)).toEqual(expected.map((value) => expect.closeTo(value, 12)));
    expect(selfBleu(texts).value).toBeCloseTo(expected.reduce((sum, x) => sum + x, 0) / 7, 12);
  });

  it("has the jackknife's error: of texts of one length, each left out in turn, references and all", () => {
    const words = "the light was good over water said unto them".split(" ");
    const texts = Array.from({ length: 12 }, (_, i) =>
      Array.from({ length: 9 }, (_, j) => words[(i * j * j + 2 * i + j) % words.length]).join(" "),
    );
    const without = texts.map((_, i) => selfBleu(texts.filter((_, j) => j !== i)).value);
    const centre = without.reduce((sum, x) => sum + x, 0) / 12;
    const squares = without.reduce((sum, x) => sum + (x - centre) ** 2, 0);
    expect(selfBleu(texts).stderr).toBeCloseTo(Math.sqrt((11 / 12) * squares), 12);
  });

  it("is 1 where all texts are one, and NaN for one text", () => {
    expect(selfBleu([hypothesis1, hypothesis1, hypothesis1]).value).toBeCloseTo(1, 12);
    expect(selfBleu([hypothesis1]).value).toBeNaN();
  });

  it("of continuations is taken within each prompt: 1 and 0 give 1/2", () => {
    const { value, stderr } = groupedSelfBleu([
      ["a b c d", "a b c d"],
      ["e f g h", "i j k l"],
    ]);
    expect([value, stderr]).toEqual([expect.closeTo(0.5), expect.closeTo(0.5)]);
  });
});

describe("distinct n-grams", () => {
  it("count over all texts: a b a and a b c have 3 words of 6, and 3 pairs (ab, ba, bc) of 4", () => {
    expect(distinct(["a b a", "a b c"], 1).value).toBe(0.5);
    expect(distinct(["a b a", "a b c"], 2).value).toBe(0.75);
  });

  it("have the jackknife's error: without the first 3/3, without the second 2/3, so √(1/2 · 2 · (1/6)²)", () => {
    expect(distinct(["a b a", "a b c"], 1).stderr).toBeCloseTo(1 / 6, 12);
  });

  it("fall to 1/n where n texts are one", () => {
    expect(distinct(Array(5).fill("a b c"), 2).value).toBeCloseTo(1 / 5);
  });
});

describe("within a sample", () => {
  it("repeated 4-grams: 1 2 3 4 1 2 3 4 has 5, of which 1 repeats; without repeats none", () => {
    expect(repeatedShare(Int32Array.of(1, 2, 3, 4, 1, 2, 3, 4))).toBeCloseTo(1 / 5);
    expect(repeatedShare(Int32Array.of(1, 2, 3, 4, 5, 6))).toBe(0);
    expect(repeatedShare(Int32Array.of(1, 2, 3))).toBe(0);
  });

  it("length goes to the first end-of-text that has something before it", () => {
    expect(textLength(Int32Array.of(9, 1, 2, 9, 3), 9)).toBe(3);
    expect(textLength(Int32Array.of(9, 1, 2), 9)).toBe(3);
  });
});
