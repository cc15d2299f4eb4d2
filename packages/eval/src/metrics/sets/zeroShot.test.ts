import type { Denoiser, Tokenizer } from "@sdtt/core";
import { describe, expect, it } from "vitest";
import { blockBounds, blocksOf, zeroShotOf } from "./zeroShot.js";

/** A token a byte; end-of-text is 256. */
const bytes: Tokenizer = {
  ...{ vocabSize: 257, maskId: 257, endOfText: 256, hash: "bytes", json: "", save() {} },
  isKnownAs: (hash) => hash === "bytes",
  encode: (text) => Int32Array.from(Buffer.from(text)),
  encodeBatch: (texts) => texts.map((text) => Int32Array.from(Buffer.from(text))),
  decode: (ids) => Buffer.from(Array.from(ids).filter((id) => id < 256)).toString(),
};
const readable = (block: Int32Array) =>
  Array.from(block, (id) => (id === 256 ? "|" : String.fromCharCode(id))).join("");

describe("blocks", () => {
  it("join detokenised lines with end-of-text, in pieces of L − 2 between two more; the rest is dropped", () => {
    const { blocks } = blocksOf("ptb", " it 's N \n <unk> b\nc\n", bytes, 6);
    // "it's 1" would need a space after N; what is left of " N " at a line's end stays, as published.
    expect(blocks.map(readable)).toEqual(["|it's|", "| N|?|", "| b|c|"]);
  });

  it("keep WikiText's line breaks, which its rules need", () => {
    const { blocks, bytesPerToken } = blocksOf("wikitext2", " = A = \n \n b @-@ c .\n", bytes, 18);
    expect(blocks.map(readable)).toEqual(["| = A =\n|\n| b-c ."].map((text) => `${text.padEnd(17).slice(0, 17)}|`));
    expect(bytesPerToken).toBe(1);
  });

  it("refuse a text shorter than one", () => {
    expect(() => blocksOf("ptb", "a\n", bytes, 128)).toThrow("the text must have 126 tokens or more, got 2");
  });
});

describe("the bound", () => {
  const uniform: Denoiser = {
    ...{ vocabSize: 5, maskId: 4, length: 50, dispose() {} },
    logits: async (_xt, _rows, positions) => {
      return Float32Array.from({ length: 5 * positions.length }, (_, i) => (i % 5 === 4 ? 30 : 1));
    },
  };
  const blocks = Array.from({ length: 12 }, (_, i) => Int32Array.from({ length: 50 }, (_, j) => (i + j) % 4));

  it("of a model that knows nothing is the number of tokens, 4: the mask's logit counts for nothing", async () => {
    const sums = await blockBounds(uniform, blocks, { seed: 1, times: 200, sequences: 16 });
    const { perplexity, bitsPerByte } = zeroShotOf(sums, 50, { blocks, bytesPerToken: 2 });
    expect(Math.abs(perplexity.value - 4)).toBeLessThan(4 * perplexity.stderr + 0.02);
    expect(bitsPerByte.value).toBeCloseTo(1, 1);
  });

  it("of a block does not depend on the blocks beside it", async () => {
    const options = { seed: 1, times: 3, sequences: 5 };
    const all = await blockBounds(uniform, blocks, options);
    const first = await blockBounds(uniform, blocks.slice(0, 2), { ...options, sequences: 1 });
    expect(first).toEqual(all.slice(0, 2).map((value) => expect.closeTo(value, 9)));
  });
});
