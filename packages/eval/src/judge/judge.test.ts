/**
 * @file The judge: what its folder must hold, and its figures against scoring without any padding. `core:parity` holds
 * them against the field's evaluation code.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, int32, randomStream } from "@sdtt/core/base";
import { readSafetensors, saveCheckpoint, writeSafetensors } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import { logitsAt, type TensorsByName } from "@sdtt/core/model";
import { nll } from "@sdtt/core/nn";
import { assetPath } from "@sdtt/core/workspace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTiny, randomWeights, type Tiny, trunk, writeJudge } from "../tiny.fixture.js";
import { openJudge, readJudge } from "./judge.js";
import { openScorer } from "./scorer.js";

let tiny: Tiny;
beforeAll(() => {
  tiny = makeTiny();
});
afterAll(() => tiny.remove());

const randomText = (length: number, vocabSize: number, key: number) =>
  Int32Array.from({ length }, (_, i) => randomStream(1, "text", key, i).integer(vocabSize));

describe("openScorer", () => {
  const model = { kind: "gpt2", ...trunk, vocabSize: 50, length: 21 } as const;
  const weights = randomWeights(model, 9);
  const lengths = [21, 1, 2, 3, 6, 7, 12, 0, 17, 21, 5, 9, 13, 20, 11, 2, 4, 8, 10, 14, 15, 16, 18, 19];
  const texts = lengths.map((length, i) => randomText(length, 50, i));

  it("gives for a long text of a large vocabulary, in chunks, what it gives for its beginning", async () => {
    const [length, vocabSize] = [512, 50_000];
    const large = { ...model, length, vocabSize } as const;
    const scorer = openScorer(await openEngine("onnx"), large, randomWeights(large, 9));
    const text = randomText(length, vocabSize, 1);
    const [whole = []] = await scorer.score([text]);
    const [short = []] = await scorer.score([text.subarray(0, 100)]);
    expect(whole).toHaveLength(length - 1);
    for (const [i, nll] of short.entries()) expect(Math.abs(nll - (whole[i] as number))).toBeLessThan(1e-4);
    expect(new Set(whole).size).toBeGreaterThan(length / 2);
    scorer.dispose();
  });

  it("gives what each text scores alone and unpadded, whatever is beside it", async () => {
    const reference = await openEngine("reference");
    const scorer = openScorer(await openEngine("onnx", { threads: 1 }), model, weights);
    const scores = await scorer.score(texts);
    expect(scores.map(({ length }) => length)).toEqual(lengths.map((length) => Math.max(0, length - 1)));
    for (const [i, text] of texts.entries()) {
      if (text.length < 2) continue;
      const int = (size: number[]) => ({ shape: size, dtype: "int32" as const });
      const signature = {
        name: "alone",
        inputs: { ids: int([1, text.length]), positions: int([text.length - 1]), targets: int([text.length - 1]) },
        state: Object.fromEntries(Object.entries(weights).map(([key, { shape, dtype }]) => [key, { shape, dtype }])),
      };
      const alone = await reference.compile(({ ids, positions, targets, ...params }: TensorsByName) => {
        type Given = NonNullable<typeof ids>;
        return { nll: nll(logitsAt(params, model, ids as Given, positions as Given), targets as Given) };
      }, signature);
      alone.load(weights);
      const positions = int32([text.length - 1], Int32Array.from(text.keys()).slice(0, -1));
      const targets = int32([text.length - 1], text.slice(1));
      const found = await alone.run({ ids: int32([1, text.length], text), positions, targets });
      const expected = Array.from(found.nll?.data ?? []);
      expect(expected).toHaveLength(text.length - 1);
      expected.forEach((value, j) => {
        expect(scores[i]?.[j]).toBeCloseTo(value, 4);
      });
      alone.dispose();
    }
    scorer.dispose();
  });

  it("refuses a text longer than the judge, and ids that it does not know", async () => {
    const scorer = openScorer(await openEngine("reference"), model, weights);
    await expect(scorer.score([new Int32Array(22)])).rejects.toThrow("judge: a text must be at most 21 tokens, got 22");
    await expect(scorer.score([Int32Array.of(1, 50)])).rejects.toThrow("judge: ids must be below 50, got 50");
  });
});

describe("readJudge", () => {
  it("reads the hub's form: prefix, attention buffers and tied output layer or not, to the same weights", () => {
    const { weights } = readJudge(tiny.judge);
    expect(Object.keys(weights).sort()).toEqual(Object.keys(randomWeights(readJudge(tiny.judge).model, 5)).sort());
  });

  it("opens a round of ours too, with the tokenizer that the folder of data has", async () => {
    const round = join(tiny.folder, "runs", "own-judge", "round-0");
    const data = join(tiny.root, "data", "text");
    const model = { kind: "gpt2", ...trunk, vocabSize: 300, length: 24 } as const;
    const weights = randomWeights(model, 5);
    const lineage: string[] = [];
    const state = { run: "own-judge", round: 0, update: 3, model, tokenizerHash: tiny.tokenizer.hash, lineage };
    saveCheckpoint(join(round, "checkpoints", "update-00000003"), { model: weights, state });
    const engine = await openEngine("onnx", { threads: 1 });
    expect(() => openJudge(engine, round, tiny.root)).toThrow("the tokenizer must be the one it was trained with");
    mkdirSync(data, { recursive: true });
    tiny.tokenizer.save(join(data, "tokenizer.json"));
    const [own, published] = [openJudge(engine, round, tiny.root), openJudge(engine, tiny.judge)];
    const text = randomText(20, 300, 3);
    expect(own.hash).toBe(published.hash);
    expect(await own.score([text])).toEqual(await published.score([text]));
    own.dispose();
    published.dispose();
  });

  it("is another judge with another tokenizer beside the same weights, and the same with its own written otherwise", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const hashWith = (change: (file: ReturnType<typeof JSON.parse>) => void) => {
      const folder = join(tiny.folder, "other-judge");
      cpSync(tiny.judge, folder, { recursive: true });
      const file = JSON.parse(tiny.tokenizer.json);
      change(file);
      writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(file));
      const judge = openJudge(engine, folder);
      judge.dispose();
      return judge.hash;
    };
    const own = hashWith(() => {});
    const texts = (file: ReturnType<typeof JSON.parse>) => {
      file.model.merges = file.model.merges.map((pair: string[]) => pair.join(" "));
    };
    expect(hashWith(texts)).toBe(own);
    expect(hashWith((file) => Object.assign(file, { normalizer: { type: "NFC" } }))).not.toBe(own);
  });

  it("refuses a checkpoint of ours that is a denoiser", () => {
    expect(() => readJudge(tiny.teacher)).toThrow("the judge must be a GPT-2, got a dit. Give another --judge.");
  });

  it("has the hash of the embedded judge's card, whatever its file says besides", () => {
    const folder = assetPath("judge");
    const { hash } = JSON.parse(readFileSync(join(folder, "card.json"), "utf8"));
    expect(readJudge(folder).hash).toBe(hash);
  });

  it("refuses a folder without config.json, an untied output layer, a foreign tensor and another activation", () => {
    expect(() => readJudge(join(tiny.folder, "none"))).toThrow("config.json must be readable JSON, got ENOENT");
    const folder = join(tiny.folder, "odd-judge");
    const path = join(folder, "model.safetensors");
    writeJudge(folder, tiny.tokenizer, 8);
    const { tensors } = readSafetensors(path);
    writeSafetensors(path, { ...tensors, "lm_head.weight": float32([300, 16]) });
    expect(() => readJudge(folder)).toThrow("tensor lm_head.weight must be the embedding once more (tied)");
    const { "lm_head.weight": _, ...kept } = tensors;
    writeSafetensors(path, { ...kept, "score.weight": float32([1]) });
    expect(() => readJudge(folder)).toThrow(
      "every tensor must belong to the model that config.json describes, got score.weight",
    );
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, activation_function: "relu" }));
    expect(() => readJudge(folder)).toThrow("activation_function in config.json must be this architecture's");
  });

  it("refuses a tokenizer with more ids than the model", async () => {
    const folder = join(tiny.folder, "small-judge");
    writeJudge(folder, { ...tiny.tokenizer, vocabSize: 299 }, 8);
    const engine = await openEngine("reference");
    expect(() => openJudge(engine, folder)).toThrow("the model knows 299 ids, got 300 ids in tokenizer.json");
  });
});
