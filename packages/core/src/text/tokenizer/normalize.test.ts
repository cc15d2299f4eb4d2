/** @file Normalising: what is done here against the `tokenizers` package, at every character that is not left to it. */
import { Tokenizer as NativeTokenizer, type Normalizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { gpt2Json } from "./gpt2.fixture.js";
import { normalizeBy } from "./normalize.js";
import { isSettled } from "./words.js";

const nativeOf = (type: string): Normalizer =>
  NativeTokenizer.fromString(
    JSON.stringify({ ...JSON.parse(gpt2Json()), normalizer: { type } }),
  ).getNormalizer() as Normalizer;

describe.each(["NFC", "NFD", "NFKC", "NFKD"])("%s", (type) => {
  const native = nativeOf(type);
  const normalize = normalizeBy([{ type }], native);

  it("is the package's at every character, alone and with marks around it", () => {
    const settled = Array.from({ length: 0x110000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code >= 0xe000)
      .map((code) => String.fromCodePoint(code))
      .filter(isSettled);
    const differing: string[] = [];
    for (let from = 0; from < settled.length; from += 512) {
      const chars = settled.slice(from, from + 512);
      const text = chars.map((char) => `${char} a${char}\u0301\u0323${char}\u11a8`).join("|");
      if (normalize(text) !== native.normalizeString(text)) differing.push(chars[0] as string);
    }
    expect(differing).toEqual([]);
  });

  it("leaves to the package what one of the two may not know yet", () => {
    for (const text of ["क\u093c", "\u{1e900}\u0301", "\u{11383}"]) {
      expect(isSettled(text)).toBe(false);
      expect(normalize(text)).toBe(native.normalizeString(text));
    }
  });
});
