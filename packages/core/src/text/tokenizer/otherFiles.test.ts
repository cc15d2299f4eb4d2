/**
 * @file Tokenizers as other projects publish them: the ids of the `tokenizers` package, which is the oracle, or a
 * refusal by name.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer as NativeTokenizer } from "tokenizers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
import { trainTokenizer } from "./train.js";

type File = ReturnType<typeof JSON.parse>;

const folder = mkdtempSync(join(tmpdir(), "other-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sample =
  "the cat and the dog of the house said that it's 1984, 12345 times; WE'LL see café naïve 日本語 🙂 ab abc ";
const text =
  "  The <mask> cat<mask>the  <mask>\n house, Café nai\u0308ve e\u0301 ﬁn ½ ＷＩＤＥ İ 1234567 \u3000 日本語\r\n\r\n 🙂👩‍👧 don't WE'LL thethe x<mask>y x<mask> สวัสดี";
let base: Tokenizer;
beforeAll(() => {
  base = trainTokenizer([sample.repeat(20)], 320);
});

const changed = (change: (file: File) => void): string => {
  const file: File = JSON.parse(base.json);
  change(file);
  return JSON.stringify(file);
};

async function expectPackagesIds(change: (file: File) => void, texts: readonly string[] = [text]): Promise<void> {
  const json = changed(change);
  const [ours, native] = [tokenizerFromJson(json), NativeTokenizer.fromString(json)];
  for (const one of texts) {
    const expected = (await native.encode(one, null, { addSpecialTokens: false })).getIds();
    expect([...ours.encode(one)]).toEqual(expected);
  }
}

const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const addToken = (file: File, content: string, flags: object = {}) => {
  const known = file.model.vocab[content];
  const id = known ?? 320 + file.added_tokens.filter((token: { id: number }) => token.id >= 320).length;
  file.added_tokens.push({ id, content, ...plain, ...flags });
};
const split = (Regex: string, behavior = "Isolated", invert = false) => ({
  ...{ type: "Split", pattern: { Regex }, behavior, invert },
});
const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
const cutBy = (...pretokenizers: unknown[]) => ({ type: "Sequence", pretokenizers });

describe("added tokens", () => {
  it.each([
    ["that strip on the left, as ModernBERT's mask", { lstrip: true }],
    ["that strip on the right", { rstrip: true }],
    ["that strip on both sides", { lstrip: true, rstrip: true }],
    ["that are single words", { single_word: true }],
    ["that are looked for in normalised text", { normalized: true }],
  ])("%s are found where the package finds them", async (_, flags) => {
    await expectPackagesIds((file) => addToken(file, "<mask>", flags));
    await expectPackagesIds((file) => {
      file.normalizer = { type: "NFKC" };
      addToken(file, "<mask>", flags);
      addToken(file, "ﬁ", flags);
      addToken(file, "the", flags);
    });
  });

  it("that are single words are none of a word's for the package's Unicode, whatever this Node's says", async () => {
    const codes = Array.from({ length: 0x32000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
    // Of Unicode 17, then of none; every 97th of all others.
    const chars = [
      0x323b0,
      0x32aac,
      0x33479,
      0x16ea0,
      0x11db0,
      0x0378,
      0xe01f0,
      ...codes.filter((code) => code % 97 === 0),
    ];
    const beside = chars.map((code) => `${String.fromCodePoint(code)}<mask>${String.fromCodePoint(code)} a<mask>`);
    await expectPackagesIds((file) => addToken(file, "<mask>", { single_word: true }), [beside.join(" ")]);
    await expectPackagesIds((file) => addToken(file, "<mask>", { single_word: true }), beside.slice(0, 7));
  });

  it("that overlap: leftmost first, then the longest", async () => {
    await expectPackagesIds((file) => {
      for (const content of ["<m", "<mask>", "<mask>the", "the", "thethe", "  "]) addToken(file, content);
    });
  });

  it("that are empty are none, and no part of the vocabulary", async () => {
    const add = (file: File) => addToken(file, "");
    await expectPackagesIds(add);
    const loaded = tokenizerFromJson(changed(add));
    expect([loaded.vocabSize, loaded.hash]).toEqual([320, base.hash]);
  });

  it("whose id the package would not give, that are there twice, or that break the package, are refused", () => {
    const refused = (change: (file: File) => void) => expect(() => tokenizerFromJson(changed(change)));
    refused((file) => file.added_tokens.push({ id: 400, content: "<mask>", ...plain })).toThrow(
      'the added token "<mask>" must have the id that the tokenizers package gives it, 320, got 400',
    );
    refused((file) => {
      addToken(file, "<mask>");
      addToken(file, "<mask>", { lstrip: true });
    }).toThrow('an added token must be described once, got two of "<mask>"');
    refused((file) => {
      file.normalizer = { type: "Lowercase" };
      addToken(file, "DAY", { normalized: true });
      addToken(file, "Day", { normalized: true });
    }).toThrow('added tokens must differ when they are normalised, got two that become "day"');
    refused((file) => {
      addToken(file, "<mask>", { rstrip: true });
      addToken(file, "  ", { lstrip: true });
    }).toThrow('got the added token "  " of white space, which "<mask>" takes');
  });
});

describe("normalizers", () => {
  const one = (type: string, more: object = {}) => ({ type, ...more });
  it.each([
    ["NFC, as Qwen and NeoX", one("NFC")],
    ["NFD", one("NFD")],
    ["NFKC", one("NFKC")],
    ["NFKD", one("NFKD")],
    ["lower case", one("Lowercase")],
    ["replacing", one("Replace", { pattern: { String: " " }, content: "_" })],
    ["prepending", one("Prepend", { prepend: "x" })],
    ["an empty sequence, as DeepSeek", one("Sequence", { normalizers: [] })],
    ["a sequence", one("Sequence", { normalizers: [one("NFD"), one("Lowercase"), one("StripAccents")] })],
  ])("%s give the package's ids", async (_, normalizer) => {
    await expectPackagesIds((file) => Object.assign(file, { normalizer }), [text, "plain", "", "é", "\ud800"]);
  });

  it.each(["BertNormalizer", "Strip", "Precompiled", "Nmt"])("%s is refused by name", (type) => {
    const json = changed((file) => Object.assign(file, { normalizer: { type } }));
    expect(() => tokenizerFromJson(json)).toThrow(`got the normalizer ${type}`);
  });
});

describe("pre-tokenizers", () => {
  it.each([
    ["Llama 3", cutBy(split(llama3), byteLevel)],
    ["Qwen", cutBy(split(llama3.replace("{1,3}", "")), byteLevel)],
    [
      "DeepSeek",
      cutBy(split("\\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split("[\\p{P}\\p{S}]?[A-Za-z]+| ?\\S+|\\s+"), byteLevel),
    ],
    ["StarCoder", cutBy({ type: "Digits", individual_digits: true }, { ...byteLevel, use_regex: true })],
    ["GPT-4", cutBy(split(llama3, "Removed", true), byteLevel)],
    ["no words at all", byteLevel],
  ])("as of %s give the package's ids", async (_, pre_tokenizer) => {
    await expectPackagesIds((file) => Object.assign(file, { pre_tokenizer }));
    await expectPackagesIds((file) => {
      Object.assign(file, { pre_tokenizer });
      file.model.ignore_merges = true;
    });
  });

  it("that take text away are refused: by name, or at the text that would lose some", () => {
    const load = (pre_tokenizer: unknown) =>
      tokenizerFromJson(changed((file) => Object.assign(file, { pre_tokenizer })));
    expect(() => load(cutBy(split("[a-z]+", "Removed"), byteLevel))).toThrow(
      "got the pre-tokenizer Split that removes",
    );
    expect(() => load(cutBy({ type: "Whitespace" }, byteLevel))).toThrow("got the pre-tokenizer Whitespace");
    const words = load(cutBy(split("[a-z]+", "Removed", true), byteLevel));
    expect(words.encode("cat")).toHaveLength(load(byteLevel).encode("cat").length);
    expect(() => words.encode("the cat")).toThrow('must keep all of a text, got 6 of 7 bytes of "the cat"');
  });
});

describe("models", () => {
  it("with byte fallback, which bytes for tokens make idle, or that ignore merges, give the package's ids", async () => {
    await expectPackagesIds((file) => Object.assign(file.model, { byte_fallback: true, fuse_unk: true }));
    await expectPackagesIds(
      (file) => {
        // A word that is a token and has no merges that lead to it.
        file.model.vocab.xyxy = 320;
        file.model.ignore_merges = true;
      },
      [text, "xyxy", " xyxy", "xyxyx"],
    );
  });

  it("with drop-out or marks at the ends of words are refused by name", () => {
    for (const [key, value] of [
      ["dropout", 0.1],
      ["end_of_word_suffix", "</w>"],
      ["continuing_subword_prefix", "##"],
    ] as const) {
      const json = changed((file) => Object.assign(file.model, { [key]: value }));
      expect(() => tokenizerFromJson(json)).toThrow(`got ${key}`);
    }
  });

  it("that the package cannot read are refused in one line", () => {
    const json = changed((file) => Object.assign(file, { normalizer: { type: "NFC", version: "2" }, version: "9" }));
    expect(() => tokenizerFromJson(json)).toThrow("the tokenizers package must read it, got Unknown tokenizer version");
  });
});

describe("identity", () => {
  const respelled: readonly [string, (file: File) => void][] = [
    ["merges as text", (file) => (file.model.merges = file.model.merges.map((pair: string[]) => pair.join(" ")))],
    ["an empty sequence for no normalizer", (file) => (file.normalizer = { type: "Sequence", normalizers: [] })],
    ["a sequence of one", (file) => (file.pre_tokenizer = cutBy(file.pre_tokenizer))],
    [
      "fields left out",
      (file) => {
        for (const key of ["padding", "truncation", "decoder", "post_processor"]) delete file[key];
      },
    ],
    ["what is understood left out", (file) => delete file.pre_tokenizer.use_regex],
    ["parts that make no id", (file) => Object.assign(file.model, { unk_token: "", byte_fallback: true, dropout: 0 })],
    ["the added token not in the model", (file) => delete file.model.vocab["<|endoftext|>"]],
    ["an added token marked as normalised", (file) => (file.added_tokens[0].normalized = true)],
    [
      "tokens in another order",
      (file) => {
        file.model.vocab = Object.fromEntries(Object.entries(file.model.vocab).reverse());
      },
    ],
  ];
  it.each(respelled)("is the same with %s", (_, change) => {
    const other = tokenizerFromJson(changed(change));
    expect(other.hash).toBe(base.hash);
    expect(other.encode(text)).toEqual(base.encode(text));
  });

  const different: readonly [string, (file: File) => void][] = [
    ["other merges", (file) => file.model.merges.pop()],
    ["other ids", (file) => ([file.model.vocab.a, file.model.vocab.b] = [file.model.vocab.b, file.model.vocab.a])],
    ["a normalizer", (file) => (file.normalizer = { type: "NFC" })],
    ["other words", (file) => (file.pre_tokenizer.add_prefix_space = true)],
    ["another added token", (file) => addToken(file, "<mask>")],
    ["an added token that strips", (file) => (file.added_tokens[0].lstrip = true)],
    ["merges that are ignored", (file) => (file.model.ignore_merges = true)],
  ];
  it.each(different)("is another with %s", (_, change) => {
    expect(tokenizerFromJson(changed(change)).hash).not.toBe(base.hash);
  });

  it("is known by its file's hash too, which was recorded before, and by no other's", async () => {
    const json = changed((file) => (file.model.merges = file.model.merges.map((pair: string[]) => pair.join(" "))));
    const { createHash } = await import("node:crypto");
    const hashOf = (one: string) => createHash("sha256").update(one).digest("hex");
    const other = tokenizerFromJson(json);
    expect([base.hash, hashOf(json), hashOf(base.json)].map(other.isKnownAs)).toEqual([true, true, true]);
    expect(base.isKnownAs(hashOf(json))).toBe(false);
  });

  it("is that of the file without its byte-order mark", () => {
    const path = join(folder, "tokenizer.json");
    writeFileSync(path, `\ufeff${base.json}`);
    expect(loadTokenizer(folder).hash).toBe(base.hash);
  });
});
