/** @file Generative perplexity: which tokens each definition counts, and the figure against scoring by hand. */
import { randomStream } from "@sdtt/core/base";
import { openEngine } from "@sdtt/core/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Judge, openJudge } from "../../judge/judge.js";
import { makeTiny, type Tiny } from "../../tiny.fixture.js";
import { definitionsFor, genPpl } from "./genPpl.js";

let tiny: Tiny;
let judge: Judge;
beforeAll(async () => {
  tiny = makeTiny();
  judge = openJudge(await openEngine("onnx", { threads: 1 }), tiny.judge);
});
afterAll(() => {
  judge.dispose();
  tiny.remove();
});

const randomSample = (key: number) =>
  Int32Array.from({ length: 16 }, (_, i) => randomStream(2, "s", key, i).integer(299));

/** exp of the mean NLL and of each sample's, text by text. */
async function byHand(texts: Int32Array[]) {
  const nlls: number[][] = [];
  for (const text of texts) nlls.push([...((await judge.score([text]))[0] as Float32Array)]);
  const all = nlls.flat();
  return { value: Math.exp(all.reduce((sum, x) => sum + x, 0) / all.length), tokens: all.length };
}

describe("gen-ppl-raw-ids@1", () => {
  it("counts every position but the first, end-of-text or not", async () => {
    const samples = [0, 1, 2, 3].map(randomSample);
    (samples[1] as Int32Array)[4] = tiny.tokenizer.endOfText;
    const result = await genPpl("gen-ppl-raw-ids@1", samples, tiny.tokenizer, judge);
    const expected = await byHand(samples);
    expect(result.tokens).toBe(60);
    expect(result.value / expected.value).toBeCloseTo(1, 6);
    const perSample = result.sampleNll.map((nll) => nll - Math.log(result.value));
    const spread = Math.sqrt(perSample.reduce((sum, x) => sum + x * x, 0) / 3 / 4);
    expect(result.stderr).toBeCloseTo(result.value * spread, 3);
  });

  it("applies only where judge and model share a tokenizer, and where samples fit the judge", () => {
    const { tokenizer } = tiny;
    expect(definitionsFor({ tokenizer, length: 16 }, judge)).toContain("gen-ppl-raw-ids@1");
    expect(definitionsFor({ tokenizer, length: 25 }, judge)).toEqual(["gen-ppl-retokenised@1"]);
    expect(definitionsFor({ tokenizer: { ...tokenizer, hash: "other" }, length: 16 }, judge)).toEqual([
      "gen-ppl-retokenised@1",
    ]);
  });
});

describe("gen-ppl-retokenised@1", () => {
  it("counts the judge's tokens of the decoded text, up to and with the first end-of-text", async () => {
    const { tokenizer } = tiny;
    const words = tokenizer.encode("And God said, Let there be light");
    const ended = Int32Array.from([...words.slice(0, 6), tokenizer.endOfText, ...words]);
    const split = Int32Array.from(
      Buffer.from("And God"),
      (byte) => tokenizer.encode(String.fromCharCode(byte))[0] ?? 0,
    );
    const result = await genPpl("gen-ppl-retokenised@1", [ended, split], tokenizer, judge);
    const expected = await byHand([ended.slice(0, 7), tokenizer.encode("And God")]);
    expect(split.length).toBeGreaterThan(tokenizer.encode("And God").length);
    expect(result.tokens).toBe(expected.tokens);
    expect(result.value / expected.value).toBeCloseTo(1, 6);
  });

  it("takes an end-of-text at the very beginning as the beginning", async () => {
    const { tokenizer } = tiny;
    const text = Int32Array.from([tokenizer.endOfText, ...tokenizer.encode("And God"), tokenizer.endOfText, 65, 66]);
    const { tokens } = await genPpl("gen-ppl-retokenised@1", [text], tokenizer, judge);
    expect(tokens).toBe(tokenizer.encode("And God").length + 1);
  });

  it("cuts texts to what the judge can read", async () => {
    const { tokenizer } = tiny;
    const long = tokenizer.encode("xqz ".repeat(20));
    expect((await genPpl("gen-ppl-retokenised@1", [long], tokenizer, judge)).tokens).toBe(23);
  });

  it("counts nothing for a sample without two tokens, and is NaN when there is no other", async () => {
    const { tokenizer } = tiny;
    const empty = new Int32Array(16).fill(tokenizer.endOfText);
    const words = tokenizer.encode("And God said");
    const alone = await genPpl("gen-ppl-retokenised@1", [words, Int32Array.of(65)], tokenizer, judge);
    expect(alone.value / (await byHand([words])).value).toBeCloseTo(1, 6);
    expect(alone.sampleNll[1]).toBeNaN();
    const none = await genPpl("gen-ppl-retokenised@1", [Int32Array.of(65)], tokenizer, judge);
    expect(none.value).toBeNaN();
    expect((await genPpl("gen-ppl-retokenised@1", [empty], tokenizer, judge)).tokens).toBe(1);
  });
});
