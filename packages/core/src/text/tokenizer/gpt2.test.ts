/**
 * @file GPT-2's tokenizer: its published ids and its words at every character.
 */
import { Tokenizer as NativeTokenizer, type PreTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { embeddedDocuments } from "../source/embedded.js";
import { gpt2Json, gpt2Sentences } from "./gpt2.fixture.js";
import { tokenizerFromJson } from "./tokenizer.js";
import { isSettled, type Word, wordsByPackage, wordsOf } from "./words.js";

const gpt2 = tokenizerFromJson(gpt2Json());
const native = NativeTokenizer.fromString(gpt2Json());
const split = native.getPreTokenizer() as PreTokenizer;

describe("GPT-2's tokenizer.json", () => {
  it("has 50 257 ids, <|endoftext|> last, and the mask after them, so that a model has 50 258", () => {
    expect([gpt2.vocabSize, gpt2.endOfText, gpt2.maskId]).toEqual([50257, 50256, 50257]);
  });

  it.each(gpt2Sentences)("gives the published ids of %j, and its text back", (text, ids) => {
    expect([...gpt2.encode(text)]).toEqual(ids);
    expect(gpt2.decode(ids)).toBe(text);
  });

  it("takes <|endoftext|> in a text for one token, and what only looks like it for text", () => {
    expect([...gpt2.encode("<|endoftext|><|endoftext|>")]).toEqual([50256, 50256]);
    expect([...gpt2.encode("<|endoftext|")]).not.toContain(50256);
  });

  it("with a prefix space gives the package's ids", async () => {
    const file = JSON.parse(gpt2Json());
    file.pre_tokenizer.add_prefix_space = true;
    const json = JSON.stringify(file);
    const expected = await NativeTokenizer.fromString(json).encode("world is world");
    expect([...tokenizerFromJson(json).encode("world is world")]).toEqual(expected.getIds());
    expect(expected.getIds()).not.toEqual([...gpt2.encode("world is world")]);
  });
});

describe("words", () => {
  it("are cut where the package cuts them, around every character that is not left to it", () => {
    const settled = Array.from({ length: 0x110000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code >= 0xe000)
      .map((code) => String.fromCodePoint(code))
      .filter(isSettled);
    expect(settled.length).toBeGreaterThan(45_000);
    const differing: string[] = [];
    for (let from = 0; from < settled.length; from += 256) {
      const chars = settled.slice(from, from + 256);
      const text = chars.map((char) => `a${char}1${char}.${char} ${char}`).join("");
      if (lengthsOf(wordsOf(text, split)) !== lengthsOf(wordsByPackage(text, split)))
        differing.push(chars[0] as string);
    }
    expect(differing).toEqual([]);
  });

  it("with letters that one of the two may not know yet are left to the package", () => {
    for (const text of ["a\u{323b0}b 1\u0c5c", "สวัสดี ชาวโลก", "नमस्ते दुनिया", "\ud800 lone"]) {
      expect(isSettled(text)).toBe(false);
      expect([...wordsOf(text, split)]).toEqual([...wordsByPackage(text, split)]);
    }
  });

  it("of a long text are those of the text, though it is cut in between", () => {
    const text = [...embeddedDocuments("embedded")]
      .slice(0, 60)
      .map((document) => document.text)
      .join("\n\n  ");
    expect(text.length).toBeGreaterThan(3 << 16);
    const words = [...wordsOf(text, split)];
    expect(words.every(([, isChars]) => !isChars)).toBe(true);
    expect(words.map(([word]) => word).join("")).toBe(text);
    expect(lengthsOf(words)).toBe(lengthsOf(wordsByPackage(text, split)));
  });
});

/** Bytes of each word. */
function lengthsOf(words: Iterable<Word>): string {
  return Array.from(words, ([word, isChars]) => (isChars ? word.length : Buffer.byteLength(word))).join(" ");
}
