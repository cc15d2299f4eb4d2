/**
 * @file Last words: what an item is, and causal models against decoding token by token. Denoisers are held against the
 * published evaluation by `npx nx run core:parity`.
 */
import { randomStream } from "@sdtt/core/base";
import { openEngine } from "@sdtt/core/engine";
import { likeliestToken, openDenoiser } from "@sdtt/core/sampler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTiny, randomWeights, type Tiny, tinyDit } from "../../tiny.fixture.js";
import { scoreItems } from "./scoreItems.js";
import { type Item, itemOf, scoreCausal } from "./suffix.js";

describe("itemOf", () => {
  let tiny: Tiny;
  beforeAll(() => {
    tiny = makeTiny();
  });
  afterAll(() => tiny.remove());
  const passage = { id: "p", context: "And God said, Let there be light: and there was", word: " light" };

  it("puts end-of-text before the passage, and after the word only in a closed row", () => {
    const { tokenizer } = tiny;
    const word = [...tokenizer.encode(" light")];
    const both = itemOf(passage, tokenizer, 99, true);
    expect([both.ids[0], both.ids.at(-1)]).toEqual([tokenizer.endOfText, tokenizer.endOfText]);
    expect([...both.ids.slice(both.from, both.to)]).toEqual(word);
    const causal = itemOf(passage, tokenizer, 99, false);
    expect([...causal.ids.slice(causal.from)]).toEqual(word);
    expect([...causal.ids]).toEqual([...both.ids.slice(0, -1)]);
  });

  it("cuts what is too long from the left, keeping the word and what follows it", () => {
    const whole = itemOf(passage, tiny.tokenizer, 99, true);
    const cut = itemOf(passage, tiny.tokenizer, 9, true);
    expect([...cut.ids]).toEqual([...whole.ids.slice(-9)]);
    expect([...cut.ids.slice(cut.from, cut.to)]).toEqual([...whole.ids.slice(whole.from, whole.to)]);
  });

  it("refuses a word that alone is too long", () => {
    const long = { ...passage, word: " xqzwvkjxqzwvkj" };
    expect(() => itemOf(long, tiny.tokenizer, 9, true)).toThrow("lambada p: the last word must have 1 to 7 tokens");
  });
});

const randomItem = (key: number, length: number, word: number): Item => {
  const ids = Int32Array.from({ length }, (_, i) => randomStream(3, "item", key, i).integer(40));
  return { ids, from: length - word, to: length };
};

describe("scoreCausal", () => {
  it("finds what greedy decoding token by token finds, and the likelihood of each step", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const model = tinyDit(41, true);
    const network = openDenoiser(engine, model, randomWeights(model, 4));
    const drawn = [0, 1, 2, 3, 4].map((key) => randomItem(key, 8 + key, 1 + (key % 3)));
    const decode = async ({ ids, from, to }: Item) => {
      const text = [...ids.slice(0, from)];
      while (text.length < to) {
        const logits = await network.logits(Int32Array.from(text), 1, [text.length - 1]);
        text.push(likeliestToken(logits, 0, 41));
      }
      return text;
    };
    // Half of the items end in what greedy decoding gives, so that both outcomes occur.
    const items: Item[] = [];
    for (const [i, item] of drawn.entries()) {
      items.push(i % 2 === 0 ? { ...item, ids: Int32Array.from(await decode(item)) } : item);
    }
    const scores = await scoreCausal(network, items, 2);
    for (const [i, item] of items.entries()) {
      expect(scores[i]?.correct).toBe(String(await decode(item)) === String([...item.ids]));
      let nll = 0;
      for (let j = item.from; j < item.to; j++) {
        const logits = (await network.logits(item.ids.slice(0, j), 1, [j - 1])).slice(0, 40);
        const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
        nll += Math.log(total) - (logits[item.ids[j] as number] as number);
      }
      expect(scores[i]?.nll).toBeCloseTo(nll, 4);
    }
    expect(scores.map(({ correct }) => correct)).toEqual([true, false, true, false, true]);
    network.dispose();
  });
});

describe("scoreItems", () => {
  it("gives an item the same score whatever is beside it and however many run at once", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const model = tinyDit(41);
    const checkpoint = { model, tensors: randomWeights(model, 6) };
    const items = [0, 1, 2, 3, 4, 5].map((key) => randomItem(key, 9 + (key % 2), 2));
    const options = { seed: 1, times: 4 };
    const together = await scoreItems(engine, checkpoint, items, { ...options, sequences: 5 });
    const alone = await scoreItems(engine, checkpoint, items, { ...options, sequences: 1 });
    together.forEach(({ correct, nll }, i) => {
      expect(alone[i]?.correct).toBe(correct);
      expect(alone[i]?.nll).toBeCloseTo(nll, 4);
    });
  });

  it("gives a denoiser the sum over all sets of masks, the same for every seed and number of draws, up to six tokens", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const model = tinyDit(41);
    const checkpoint = { model, tensors: randomWeights(model, 6) };
    const items = [1, 2, 4].map((k) => ({ ...randomItem(k, 9, k), to: 9 }));
    const network = openDenoiser(engine, model, checkpoint.tensors);
    // The definition: E over j uniform on 1 … k, S uniform among the sets of j, of k/j Σ −ln p.
    const bound = async ({ ids, from, to }: Item) => {
      const k = to - from;
      const bySize = new Map<number, number[]>();
      for (let bits = 1; bits < 2 ** k; bits++) {
        const masked = Array.from({ length: k }, (_, i) => from + i).filter((_, i) => (bits >> i) & 1);
        const xt = ids.map((id, j) => (masked.includes(j) ? 40 : id));
        const logits = await network.logits(xt, 1, masked);
        const nll = masked.map((j, i) => {
          const row = logits.subarray(41 * i, 41 * i + 40);
          return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[ids[j] as number] as number);
        });
        const sums = bySize.get(masked.length) ?? [];
        bySize.set(masked.length, [...sums, nll.reduce((sum, x) => sum + x, 0)]);
      }
      const means = [...bySize].map(([j, sums]) => ((k / j) * sums.reduce((sum, x) => sum + x, 0)) / sums.length);
      return means.reduce((sum, x) => sum + x, 0) / k;
    };
    const found = await scoreItems(engine, checkpoint, items, { seed: 1, times: 2, sequences: 4 });
    for (const [i, item] of items.entries()) expect(found[i]?.nll).toBeCloseTo(await bound(item), 4);
    const other = await scoreItems(engine, checkpoint, items, { seed: 2, times: 9, sequences: 4 });
    expect(other.map(({ nll }) => nll)).toEqual(found.map(({ nll }) => nll));
    network.dispose();
  });
});
