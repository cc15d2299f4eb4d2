import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTexts, trainTokenizer } from "@sdtt/core/text";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { piecesOf } from "./heldOut.js";

const folder = mkdtempSync(join(tmpdir(), "sdtt-held-out-"));
const corpus = join(folder, "text.jsonl");
const texts = Array.from({ length: 200 }, (_, i) => `document ${i} says ${"word ".repeat(10)}and ends`);
const tokenizer = trainTokenizer(texts, 257);

beforeAll(() => {
  writeFileSync(corpus, texts.map((text) => JSON.stringify({ text })).join("\n"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("pieces of held-out text", () => {
  it("come from the test documents only, each as long as a sample", async () => {
    const held: string[] = [];
    for await (const text of readTexts(corpus, "test")) held.push(text);
    const pieces = (await piecesOf("mauve", corpus, tokenizer, 20, 4)).map(({ ids }) => ids);
    expect(pieces.map((piece) => piece.length)).toEqual([20, 20, 20, 20]);
    for (const piece of pieces) expect(held.some((text) => text.includes(tokenizer.decode(piece)))).toBe(true);
  });

  it("are refused where there are too few, with the number that there is", async () => {
    await expect(piecesOf("mauve", corpus, tokenizer, 20, 10_000)).rejects.toThrow(
      /^mauve: the held-out documents must give 10000 pieces of 20 tokens, got \d+ \(.*text\.jsonl\)/,
    );
  });
});
