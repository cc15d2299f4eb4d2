/**
 * @file A judge: a GPT-2 in a folder, as on the hub, with its own tokenizer.
 *
 *   config.json · model.safetensors (names with or without `transformer.`, output layer tied) · tokenizer.json
 *
 * What GPT-2 variants change silently (activation, epsilon, attention scaling) is refused: it would be another judge.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  assetPath,
  type Engine,
  fileHash,
  loadTokenizer,
  type ModelConfig,
  modelParameters,
  readSafetensors,
  specsOf,
  type Tensor,
  type TensorMap,
  type Tokenizer,
  userError,
} from "@sdtt/core";
import { z } from "zod";
import { openScorer, type Scorer } from "./scorer.js";
import { checkWeights } from "./weights.js";

export interface Judge extends Scorer {
  /** SHA-256 of model.safetensors. */
  readonly hash: string;
  readonly tokenizer: Tokenizer;
}

const size = z.int().positive();
const configSchema = z.looseObject({
  model_type: z.literal("gpt2"),
  n_embd: size,
  n_layer: size,
  n_head: size,
  n_positions: size.min(2),
  vocab_size: size,
  n_inner: size.nullish(),
  activation_function: z.enum(["gelu_new", "gelu_pytorch_tanh"]).default("gelu_new"),
  layer_norm_epsilon: z.number().min(9e-6).max(1.1e-5).default(1e-5),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  tie_word_embeddings: z.literal(true).default(true),
});

function readConfig(folder: string): ModelConfig {
  const path = join(folder, "config.json");
  const where = `judge ${path}`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const remedy = "Give a folder with config.json, model.safetensors and tokenizer.json (flag --judge).";
    throw userError(where, "config.json must be readable JSON", (cause as Error).message, remedy, cause);
  }
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const { path: key = [], message = "" } = parsed.error.issues[0] ?? {};
    const value = key.reduce<unknown>((at, name) => (at as Record<PropertyKey, unknown> | null)?.[name], json);
    throw userError(where, `${key.join(".")} must be GPT-2's (${message})`, value, "Take a GPT-2 model.");
  }
  const { n_embd: width, n_layer: blocks, n_head: heads, n_positions: length, vocab_size: vocabSize } = parsed.data;
  const inner = parsed.data.n_inner ?? 4 * width;
  if (inner !== 4 * width) throw userError(where, `n_inner must be ${4 * width}`, inner, "Take a GPT-2 model.");
  return { kind: "gpt2", width, blocks, heads, length, vocabSize };
}

/** Names without `transformer.`; attention masks, and an output layer equal to the embedding, are left out. */
function judgeTensors(where: string, found: TensorMap): TensorMap {
  const tensors: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(found)) {
    const short = name.replace(/^transformer\./, "");
    if (!/^h\.\d+\.attn\.(bias|masked_bias)$/.test(short)) tensors[short] = value;
  }
  const { "lm_head.weight": output, ...kept } = tensors;
  const embedding = kept["wte.weight"];
  if (output && embedding && output.data.some((x, i) => x !== embedding.data[i])) {
    throw userError(where, "the output layer must be the embedding (tied)", "another matrix", "Take a GPT-2 model.");
  }
  return kept;
}

/** Reads architecture and weights of a judge's folder. Throws   UserError when they are not a GPT-2's, or do not fit */
export function readJudge(folder: string): { model: ModelConfig; weights: TensorMap; hash: string } {
  const model = readConfig(folder);
  const path = join(folder, "model.safetensors");
  const weights = judgeTensors(`judge ${path}`, readSafetensors(path).tensors);
  checkWeights(`judge ${path}`, weights, specsOf(modelParameters(model)));
  return { model, weights, hash: fileHash(path) };
}

/** Opens the judge in `folder`; left out, the embedded one. */
export function openJudge(engine: Engine, folder: string = assetPath("judge")): Judge {
  const { model, weights, hash } = readJudge(folder);
  const tokenizer = loadTokenizer(folder);
  if (tokenizer.vocabSize > model.vocabSize) {
    const got = `${tokenizer.vocabSize} ids in tokenizer.json`;
    throw userError(
      `judge ${folder}`,
      `the model knows ${model.vocabSize} ids`,
      got,
      "Take the judge's own tokenizer.",
    );
  }
  return { ...openScorer(engine, model, weights), hash, tokenizer };
}
