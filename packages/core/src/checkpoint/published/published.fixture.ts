/**
 * @file Folders in the published layouts, small, with random weights; and the means to spoil them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, sizeOf, type Tensor, type TensorMap } from "../../base/tensor.js";
import { bytesOf } from "../../files/atomic.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { initialise } from "../../nn/params.js";
import { writeSafetensors } from "../safetensors/safetensors.js";

export const denoiser: Extract<ModelConfig, { kind: "dit" }> = {
  ...{ kind: "dit", vocabSize: 13, width: 16, blocks: 2, heads: 4, length: 8, conditioning: 4 },
  ...{ dropout: 0.1, causal: false },
};
export const judge: Extract<ModelConfig, { kind: "gpt2" }> = {
  ...{ kind: "gpt2", vocabSize: 12, width: 8, blocks: 2, heads: 2, length: 6 },
};

export const weightsOf = (model: ModelConfig, seed = 3): TensorMap => initialise(modelParameters(model), seed);

/** What torch computes for the buffer of a head of 4: 10000^(−2i/4). */
const inverseFrequencies = float32([2], [1, 0.01]);

export const mdlmConfig = {
  ...{ model_type: "mdlm", vocab_size: 13, model_length: 8, hidden_dim: 16, cond_dim: 4, n_blocks: 2, n_heads: 4 },
  ...{ dropout: 0.1, time_conditioning: false, architectures: ["MDLM"], torch_dtype: "float32" },
};
export const sdttConfig = {
  model: {
    ...{ name: "dit-orig-small", type: "ddit-orig", hidden_size: 16, cond_dim: 4, length: 8, n_blocks: 2, n_heads: 4 },
    ...{ scale_by_sigma: true, dropout: 0.1, tie_word_embeddings: false },
  },
  noise: { type: "loglinear", sigma_min: 1e-4, sigma_max: 20 },
  parameterization: { name: "multi-round-sdtt", num_distill_steps: 2, start_from_hf: false, grow_dt_every: 10_000 },
  data_preprocess: { seq_len: "$" + "{model.length}" },
  tokenizer: { name: "gpt2" },
  time_conditioning: false,
};
export const gpt2Config = {
  ...{ model_type: "gpt2", vocab_size: 12, n_positions: 6, n_ctx: 6, n_embd: 8, n_layer: 2, n_head: 2, n_inner: null },
  ...{ activation_function: "gelu_new", layer_norm_epsilon: 1e-5, architectures: ["GPT2LMHeadModel"] },
};

export const prefixed = (prefix: string, tensors: TensorMap): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]));

/** A denoiser's file as published: prefixed, with the rotary buffer. */
export const denoiserFile = (prefix = "backbone."): Record<string, Tensor> =>
  prefixed(prefix, { ...weightsOf(denoiser), "rotary_emb.inv_freq": inverseFrequencies });

/** Makes a folder of a config and tensors. */
export function writeFolder(folder: string, config: unknown, tensors: TensorMap): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  writeSafetensors(join(folder, "model.safetensors"), tensors, { format: "pt" });
  return folder;
}

/** Cuts tensors into two shards with their index, as the hub has them. */
export function writeShards(folder: string, config: unknown, tensors: TensorMap): string {
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(tensors);
  const half = Math.ceil(names.length / 2);
  const shards = [names.slice(0, half), names.slice(half)];
  const map: Record<string, string> = {};
  shards.forEach((part, i) => {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    for (const name of part) map[name] = file;
    writeSafetensors(join(folder, file), Object.fromEntries(part.map((name) => [name, tensors[name] as Tensor])));
  });
  const bytes = Object.values(tensors).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  const index = { metadata: { total_size: bytes }, weight_map: map };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
  return folder;
}

/** A safetensors file of tensors of any type, written byte by byte: [name, type, shape, bytes]. */
export function rawSafetensors(entries: readonly (readonly [string, string, readonly number[], Uint8Array])[]): Buffer {
  let at = 0;
  const fields = entries.map(([name, dtype, shape, bytes]) => {
    const start = at;
    at += bytes.length;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [start, at] })}`;
  });
  const json = Buffer.from(`{${fields.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...entries.map(([, , , bytes]) => bytes)]);
}

/** As [name, type, shape, bytes], for `rawSafetensors`. */
export const rawEntries = (tensors: TensorMap): [string, string, readonly number[], Uint8Array][] =>
  Object.entries(tensors).map(([name, { shape, data }]) => [name, "F32", shape, bytesOf(data)]);
