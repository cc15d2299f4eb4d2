/**
 * @file Tokenizer: exact size, exact bytes, and the same ids as the `tokenizers` package, which is the oracle.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer as NativeTokenizer } from "tokenizers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { embeddedDocuments } from "../source/embedded.js";
import { loadTokenizer, type Tokenizer, tokenizerFromJson } from "./tokenizer.js";
import { trainTokenizer } from "./train.js";

const folder = mkdtempSync(join(tmpdir(), "tokenizer-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const documents = [...embeddedDocuments("embedded")];
const texts = documents.filter((_, i) => i % 8 === 0).map(({ text }) => text);
const strange = "  Tabs\t\tand\n\n\nlines, naïve café — 日本語 🙂 it's we'll 1234567 \u0000\ufeff x  ";
let tokenizer: Tokenizer;
beforeAll(() => {
  tokenizer = trainTokenizer(texts, 700);
});

/** The file that `tokenizer` would save, changed. */
function changed(change: (file: ReturnType<typeof JSON.parse>) => void): string {
  const path = join(folder, "changed.json");
  tokenizer.save(path);
  const file = JSON.parse(readFileSync(path, "utf8"));
  change(file);
  return JSON.stringify(file);
}

describe("trainTokenizer", () => {
  it("gives exactly the size asked for, with end-of-text last and the mask after it", () => {
    for (const size of [257, 258, 300, 700]) {
      const trained = size === 700 ? tokenizer : trainTokenizer(texts, size);
      const native = NativeTokenizer.fromString(JSON.stringify(JSON.parse(saved(trained))));
      expect([trained.vocabSize, trained.endOfText, trained.maskId]).toEqual([size, size - 1, size]);
      expect(native.getVocabSize(true)).toBe(size);
    }
  });

  it("keeps the size exact when two merges make one token", () => {
    const trained = trainTokenizer(["abc abc abc abc bcx bcx bcx abx abx abx abcabc aabc ".repeat(30)], 262);
    expect(trained.vocabSize).toBe(262);
    expect(new Set(Object.values(JSON.parse(saved(trained)).model.vocab)).size).toBe(262);
  });

  it("gives the same tokenizer, byte for byte, from the same texts", () => {
    expect(trainTokenizer(texts, 700).hash).toBe(tokenizer.hash);
  });

  it("refuses an empty corpus, a text too short for the size, and a size out of range", () => {
    expect(() => trainTokenizer(["", " \n"], 300)).toThrow("the corpus must hold text, got none");
    expect(() => trainTokenizer(["ab"], 300)).toThrow("the texts must hold at least 43 pairs to merge, got 1");
    expect(() => trainTokenizer(texts, 256)).toThrow("whole number from 257 to 30000, got 256");
    expect(() => trainTokenizer(texts, 300.5)).toThrow(UserError);
  });
});

describe("encode and decode", () => {
  it("gives back every text of the corpus, byte for byte, seen in training or not", () => {
    for (const { text } of documents) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("gives back text that is nothing like the corpus", () => {
    expect(tokenizer.decode(tokenizer.encode(strange))).toBe(strange);
    expect(tokenizer.encode("")).toHaveLength(0);
  });

  it("gives the same ids as the tokenizers package", async () => {
    const native = NativeTokenizer.fromString(saved(tokenizer));
    const letters = texts.join("").replace(/[^a-z]/g, "");
    const long = ["a".repeat(1001), "the".repeat(3000), letters.slice(0, 20_000), "é=".repeat(999)];
    for (const text of [...texts.slice(0, 40), strange, ...long, "one<|endoftext|>two"]) {
      expect([...tokenizer.encode(text)]).toEqual((await native.encode(text)).getIds());
    }
  });

  it("encodes a batch as it encodes one by one", () => {
    expect(tokenizer.encodeBatch(texts.slice(0, 3))).toEqual(texts.slice(0, 3).map((text) => tokenizer.encode(text)));
  });

  it("drops masks, writes out end-of-text, and refuses an id beyond the mask", () => {
    const ids = [...tokenizer.encode("In the"), tokenizer.maskId, tokenizer.endOfText];
    expect(tokenizer.decode(ids)).toBe("In the<|endoftext|>");
    expect(() => tokenizer.decode([701])).toThrow("ids must be below 700, or 700 for a mask, got 701 (position 0)");
    expect(() => tokenizer.decode([-1])).toThrow(UserError);
  });
});

describe("loadTokenizer", () => {
  it("loads what was saved, from the file or its folder, with the same hash", () => {
    const home = join(folder, "home");
    tokenizer.save(join(home, "tokenizer.json"));
    for (const path of [home, join(home, "tokenizer.json")]) {
      const loaded = loadTokenizer(path);
      expect(loaded.hash).toBe(tokenizer.hash);
      expect(loaded.encode(strange)).toEqual(tokenizer.encode(strange));
    }
  });

  it("loads the layout of GPT-2's file: no model type, merges as strings, end-of-text in the vocabulary", () => {
    const json = changed((file) => {
      delete file.model.type;
      Object.assign(file.model, { unk_token: "", continuing_subword_prefix: "", end_of_word_suffix: "" });
      file.model.merges = file.model.merges.map((merge: string[]) => merge.join(" "));
      file.post_processor = { type: "ByteLevel", add_prefix_space: true, trim_offsets: false };
    });
    const loaded = tokenizerFromJson(json);
    expect([loaded.vocabSize, loaded.endOfText]).toEqual([700, 699]);
    expect(loaded.encode(strange)).toEqual(tokenizer.encode(strange));
    expect(loaded.hash).toBe(tokenizer.hash);
  });

  it("refuses a file that is missing, not JSON, cut off, or another kind of tokenizer", () => {
    expect(() => loadTokenizer(join(folder, "none.json"))).toThrow("the file must be readable text, got ENOENT");
    mkdirSync(join(folder, "empty"));
    expect(() => loadTokenizer(join(folder, "empty"))).toThrow("the file must be readable text, got ENOENT");
    writeFileSync(join(folder, "cut.json"), saved(tokenizer).slice(0, 500));
    expect(() => loadTokenizer(join(folder, "cut.json"))).toThrow("the file must be JSON");
    const refused = (change: (file: ReturnType<typeof JSON.parse>) => void) =>
      expect(() => tokenizerFromJson(changed(change)));
    refused((file) => Object.assign(file.model, { type: "WordPiece" })).toThrow("the model must be a BPE");
    refused((file) => Object.assign(file, { pre_tokenizer: { type: "Whitespace" } })).toThrow("not byte-level");
    refused((file) => delete file.model.vocab.a).toThrow("all 256 bytes, got none for a");
    refused((file) => file.model.merges.push(["x", "q"])).toThrow("tokens of the vocabulary, got x q");
    refused((file) => {
      delete file.model.vocab["<|endoftext|>"];
      file.added_tokens = [];
    }).toThrow("must hold <|endoftext|>, got none");
  });
});

function saved(one: Tokenizer): string {
  const path = join(folder, "saved.json");
  one.save(path);
  return readFileSync(path, "utf8");
}
