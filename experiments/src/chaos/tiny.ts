/**
 * @file A teacher, a judge and a text so small that a stage on them is over in seconds: for tests and for `test:chaos`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, type TensorMap } from "@sdtt/core/base";
import { saveCheckpoint, writeSafetensors } from "@sdtt/core/checkpoint";
import { type ModelConfig, modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { type Tokenizer, trainTokenizer } from "@sdtt/core/text";

const trunk = { width: 16, blocks: 1, heads: 2 } as const;
const words = ["and", "the", "light", "was", "good", "over", "water", "he", "said", "unto", "them", "day"];

/** Weights with enough spread that figures differ. */
function loud(model: ModelConfig, seed: number): TensorMap {
  const entries = Object.entries(initialise(modelParameters(model), seed));
  const scaled = entries.map(([name, tensor]) => {
    const wanted = /embedding|wte|wpe|output_layer\.linear\.weight/.test(name);
    return [
      name,
      wanted
        ? float32(
            tensor.shape,
            Float32Array.from(tensor.data, (x) => 8 * x),
          )
        : tensor,
    ] as const;
  });
  return Object.fromEntries(scaled);
}

/** Writes `texts/`, `teacher/` and `judge/` into a folder. */
export function makeTiny(folder: string): void {
  const text = Array.from({ length: 400 }, (_, i) => words[(i * i + (i >> 2)) % words.length]).join(" ");
  mkdirSync(join(folder, "texts"));
  for (let i = 0; i < 20; i++) writeFileSync(join(folder, "texts", `${i}.txt`), `${text.slice(7 * i)}\n`);
  const tokenizer = trainTokenizer([text.repeat(5)], 280);
  saveTeacher(join(folder, "teacher"), tokenizer);
  saveJudge(join(folder, "judge"), tokenizer);
}

function saveTeacher(path: string, tokenizer: Tokenizer): void {
  const shape = { conditioning: 8, dropout: 0, causal: false, length: 16, vocabSize: tokenizer.vocabSize + 1 };
  const model: ModelConfig = { kind: "dit", ...trunk, ...shape };
  const origin = { tokenizerHash: tokenizer.hash, corpusHash: "", config: {}, configHash: "", commit: "", engine: "" };
  const progress = { update: 1, optimizerUpdate: 1, updates: 1, cursor: { epoch: 0, index: 0 }, seed: 1, dt: 0 };
  const state = { stage: "pretrain", run: "t", round: 0, lineage: [], model, ...origin, ...progress };
  saveCheckpoint(path, { model: loud(model, 1), state });
  tokenizer.save(join(path, "tokenizer.json"));
}

function saveJudge(path: string, tokenizer: Tokenizer): void {
  const model: ModelConfig = { kind: "gpt2", ...trunk, vocabSize: tokenizer.vocabSize, length: 24 };
  mkdirSync(path, { recursive: true });
  writeSafetensors(join(path, "model.safetensors"), loud(model, 5));
  const config = { model_type: "gpt2", n_embd: 16, n_layer: 1, n_head: 2, n_positions: 24 };
  writeFileSync(join(path, "config.json"), JSON.stringify({ ...config, vocab_size: model.vocabSize }));
  tokenizer.save(join(path, "tokenizer.json"));
}
