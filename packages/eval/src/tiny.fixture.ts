/** @file A tokenizer, a checkpoint and a judge small enough for tests, with random weights, in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32, type TensorMap } from "@sdtt/core/base";
import { saveCheckpoint, weightsHash, writeSafetensors } from "@sdtt/core/checkpoint";
import { type ModelConfig, modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { type Tokenizer, trainTokenizer } from "@sdtt/core/text";

const text = `In the beginning God created the heaven and the earth. And the earth was without form, and void; and
darkness was upon the face of the deep. And the Spirit of God moved upon the face of the waters. And God said, Let
there be light: and there was light. And God saw the light, that it was good: and God divided the light from the
darkness. And God called the light Day, and the darkness he called Night. And the evening and the morning were the
first day.`;

export const trunk = { width: 16, blocks: 1, heads: 2 } as const;

/** Weights with enough spread that mistakes show. */
export function randomWeights(model: ModelConfig, seed: number, scale = 8): TensorMap {
  const entries = Object.entries(initialise(modelParameters(model), seed));
  const loud = /embedding|wte|wpe|output_layer\.linear\.weight/;
  const scaled = (data: ArrayLike<number>) => Float32Array.from(data, (x) => x * scale);
  return Object.fromEntries(entries.map(([name, t]) => [name, loud.test(name) ? float32(t.shape, scaled(t.data)) : t]));
}

export interface Tiny {
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  /** A denoiser of 16 tokens, round 0. */
  readonly teacher: string;
  /** One that descends from it, round 1, with other weights. */
  readonly student: string;
  /** The same trunk, causal. */
  readonly ar: string;
  readonly judge: string;
  readonly root: string;
  remove(): void;
}

export const tinyDit = (vocabSize: number, causal = false): ModelConfig => {
  return { kind: "dit", ...trunk, vocabSize, length: 16, conditioning: 8, dropout: 0, causal };
};

/** Writes a judge of the hub's form, with the prefix, the buffers and the tied output layer that some files have. */
export function writeJudge(folder: string, tokenizer: Tokenizer, length: number, seed = 5): ModelConfig {
  const model: ModelConfig = { kind: "gpt2", ...trunk, vocabSize: tokenizer.vocabSize, length };
  const weights = randomWeights(model, seed);
  const prefixed = Object.entries(weights).map(([name, t]) => [`transformer.${name}`, t] as const);
  const buffers = {
    "transformer.h.0.attn.bias": float32([1, 1, 2, 2]),
    "transformer.h.0.attn.masked_bias": float32([]),
  };
  const output = { "lm_head.weight": weights["wte.weight"] as TensorMap[string] };
  mkdirSync(folder, { recursive: true });
  writeSafetensors(join(folder, "model.safetensors"), { ...Object.fromEntries(prefixed), ...buffers, ...output });
  const config = { model_type: "gpt2", n_embd: 16, n_layer: 1, n_head: 2, n_positions: length };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, vocab_size: model.vocabSize }));
  tokenizer.save(join(folder, "tokenizer.json"));
  return model;
}

export function makeTiny(): Tiny {
  const folder = mkdtempSync(join(tmpdir(), "eval-test-"));
  const tokenizer = trainTokenizer([text.repeat(20)], 300);
  const save = (name: string, seed: number, causal: boolean, lineage: string[]) => {
    const model = tinyDit(tokenizer.vocabSize + 1, causal);
    const weights = randomWeights(model, seed);
    const config = { weights: "ema", source: "embedded" };
    const facts = {
      run: name,
      round: lineage.length,
      update: 0,
      model,
      tokenizerHash: tokenizer.hash,
      lineage,
      config,
    };
    saveCheckpoint(join(folder, name), { model: weights, ema: randomWeights(model, seed + 100), state: facts });
    tokenizer.save(join(folder, name, "tokenizer.json"));
    return weightsHash(weights);
  };
  const origin = save("teacher", 1, false, []);
  save("student", 2, false, [origin]);
  save("ar", 3, true, []);
  writeJudge(join(folder, "judge"), tokenizer, 24);
  const at = (name: string) => join(folder, name);
  return {
    folder,
    tokenizer,
    teacher: at("teacher"),
    student: at("student"),
    ar: at("ar"),
    judge: at("judge"),
    root: at(".sdtt"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
