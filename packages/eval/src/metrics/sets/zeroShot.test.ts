import type { Denoiser } from "@sdtt/core/sampler";
import { meanWithStderr } from "@sdtt/core/statistics";
import type { Tokenizer } from "@sdtt/core/text";
import { describe, expect, it } from "vitest";
import { allMaskSets } from "../bound/maskSets.js";
import { tokenNll } from "../lastWord/suffix.js";
import { ptb } from "./ptb.set.js";
import { wikitext2 } from "./wikitext2.set.js";
import { blockBounds, blockMasks, blocksOf, zeroShotOf } from "./zeroShot.js";

/** A token a byte; end-of-text is 256. */
const bytes: Tokenizer = {
  ...{ vocabSize: 257, maskId: 257, endOfText: 256, hash: "bytes", json: "", save() {} },
  isKnownAs: (hash) => hash === "bytes",
  encode: (text) => Int32Array.from(Buffer.from(text)),
  encodeBatch: (texts) => texts.map((text) => Int32Array.from(Buffer.from(text))),
  decode: (ids) => Buffer.from(Array.from(ids).filter((id) => id < 256)).toString(),
  bytesOf: (id) => Uint8Array.from(id < 256 ? [id] : []),
};
const readable = (block: Int32Array) =>
  Array.from(block, (id) => (id === 256 ? "|" : String.fromCharCode(id))).join("");

describe("blocks", () => {
  it("join detokenised lines with end-of-text, in pieces of L − 2 between two more; the rest is dropped", () => {
    const { blocks } = blocksOf("ptb", ptb, " it 's N \n <unk> b\nc\n", bytes, 6);
    // "it's 1" would need a space after N; what is left of " N " at a line's end stays, as published.
    expect(blocks.map(readable)).toEqual(["|it's|", "| N|?|", "| b|c|"]);
  });

  it("keep WikiText's line breaks, which its rules need, and make nothing of a blank row, as the hub's loader does", () => {
    const { blocks, bytes: sizes } = blocksOf("wikitext2", wikitext2, " = A = \n \n b\n", bytes, 15);
    expect(blocks.map(readable)).toEqual(["| = A =\n|| b\n||"].map((text) => text.padEnd(15)));
    expect(sizes).toEqual([" = A =\n b\n".length]);
    expect(blocksOf("wikitext2", wikitext2, " b @-@ c .\n \n", bytes, 11).blocks.map(readable)).toEqual(
      ["| b-c .\n|||"].map((t) => t.padEnd(11)),
    );
  });

  it.each(["\r\n", "\r"])("are the same of a file whose lines end in %j", (end) => {
    for (const form of [wikitext2, ptb]) {
      const text = " = A = \n \n it 's b @-@ c .\n\n d N e\n";
      expect(blocksOf("set", form, text.replaceAll("\n", end), bytes, 9)).toEqual(
        blocksOf("set", form, text, bytes, 9),
      );
    }
  });

  it("refuse a text shorter than one", () => {
    expect(() => blocksOf("ptb", ptb, "a\n", bytes, 128)).toThrow("the text must have 126 tokens or more, got 2");
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

  it("of a model that knows nothing is the number of tokens, 4, without any error: the mask's logit counts for nothing", async () => {
    for (const times of [1, 2, 5]) {
      const sums = await blockBounds(uniform, blocks, { seed: times, times, sequences: 16 });
      const { perplexity, bitsPerByte } = zeroShotOf(sums, 50, { blocks, bytes: blocks.map(() => 100) });
      expect(perplexity.value).toBeCloseTo(4, 9);
      expect(perplexity.stderr).toBeLessThan(1e-6);
      expect(bitsPerByte.value).toBeCloseTo(1, 9);
    }
  });

  it("in bits is Σ nats / ln 2 / Σ bytes of the blocks, whatever share of them is end-of-text", async () => {
    const text = Array.from({ length: 40 }, (_, i) => "ab".repeat(i % 7)).join("\n");
    const cut = blocksOf("ptb", ptb, text, bytes, 10);
    const model: Denoiser = {
      ...{ vocabSize: 258, maskId: 257, length: 10, dispose() {} },
      logits: async (_xt, _rows, positions) => new Float32Array(258 * positions.length),
    };
    const nats = await blockBounds(model, cut.blocks, { seed: 1, times: 2, sequences: 16 });
    const scored = cut.blocks.flatMap((block) => [...block]);
    const written = scored.filter((id) => id !== 256).length;
    const { bitsPerByte } = zeroShotOf(nats, 10, cut);
    expect(written).toBeLessThan(0.8 * scored.length);
    expect(bitsPerByte.value).toBeCloseTo((scored.length * Math.log2(257)) / written, 9);
  });

  /** Knows what stands to the left and to the right, and is sure where both are there. */
  const neighbours: Denoiser = {
    ...{ vocabSize: 4, maskId: 3, length: 5, dispose() {} },
    logits: async (xt, rows, positions) => {
      const length = xt.length / rows;
      const at = (j: number, i: number) => (Math.floor(j / length) === Math.floor(i / length) ? (xt[j] ?? 3) : 3);
      return Float32Array.from(
        positions.flatMap((i) => [0, 1, 2, 3].map((v) => Number(at(i - 1, i) === v) + 2 * Number(at(i + 1, i) === v))),
      );
    },
  };

  it("is on average over seeds what all sets of masks give", async () => {
    const block = Int32Array.of(0, 1, 1, 2, 0);
    let exact = 0;
    for (const { positions, weight } of allMaskSets(5)) {
      const xt = block.map((id, j) => (positions.includes(j) ? 3 : id));
      const logits = await neighbours.logits(xt, 1, positions);
      positions.forEach((j, i) => {
        exact += weight * tokenNll(logits, 4 * i, 4, block[j] as number);
      });
    }
    const runs = 4000;
    const found: number[] = [];
    for (let seed = 0; seed < runs; seed++) {
      found.push((await blockBounds(neighbours, [block], { seed, times: 2, sequences: 4 }))[0] as number);
    }
    const { value, stderr } = meanWithStderr(found);
    expect(Math.abs(value - exact)).toBeLessThan(4 * stderr);
    expect(stderr).toBeLessThan(0.03);
  });

  it("asks neighbouring blocks at sizes that are spread over all there are", () => {
    for (const first of [0, 100]) {
      const sizes = Array.from(
        { length: 16 },
        (_, i) => blockMasks(128, first + i, { seed: 1, times: 2 })[0]?.positions.length as number,
      );
      const sorted = sizes.sort((a, b) => a - b);
      const gaps = sorted.slice(1).map((size, i) => size - (sorted[i] as number));
      expect(Math.max(...gaps, sorted[0] as number, 128 - (sorted.at(-1) as number))).toBeLessThan(2.7 * 8);
    }
  });

  it("of a block does not depend on the blocks beside it", async () => {
    const options = { seed: 1, times: 3, sequences: 5 };
    const all = await blockBounds(uniform, blocks, options);
    const first = await blockBounds(uniform, blocks.slice(0, 2), { ...options, sequences: 1 });
    expect(first).toEqual(all.slice(0, 2).map((value) => expect.closeTo(value, 9)));
  });
});
