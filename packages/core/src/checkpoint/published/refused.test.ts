/**
 * @file Published folders that are not what they say: one error each, naming tensor, expected and got.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { UserError } from "../../base/errors.js";
import { float32, int32, type TensorMap } from "../../base/tensor.js";
import { writeSafetensors } from "../safetensors/safetensors.js";
import {
  denoiserFile,
  gpt2Config,
  judge,
  mdlmConfig,
  rawEntries,
  rawSafetensors,
  sdttConfig,
  weightsOf,
  writeFolder,
  writeShards,
} from "./published.fixture.js";
import { readPublished } from "./read.js";

const root = mkdtempSync(join(tmpdir(), "refused-test-"));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, "model");
const weights = join(folder, "model.safetensors");
const index = join(folder, "model.safetensors.index.json");
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

function refused(message: string | RegExp): void {
  expect(() => readPublished(folder)).toThrow(UserError);
  expect(() => readPublished(folder)).toThrow(message);
}

const without = (name: string): TensorMap => {
  const { [name]: _, ...kept } = denoiserFile();
  return kept;
};
const norm = "backbone.blocks.1.norm1.weight";

it.each<[string, TensorMap, string]>([
  [
    "a missing tensor",
    without(norm),
    `tensor ${norm} must be there, float32 [16] by config.json, got none. Check that config.json and weights belong`,
  ],
  [
    "a left-over tensor",
    { ...denoiserFile(), "backbone.y_embedder.weight": float32([3, 4]) },
    "must belong to the model that config.json describes, got backbone.y_embedder.weight, F32 [3,4]",
  ],
  ["a wrong shape", { ...denoiserFile(), [norm]: float32([4, 4]) }, `${norm} must be F32, F16 or BF16 [16], by config`],
  ["a wrong shape's value", { ...denoiserFile(), [norm]: float32([4, 4]) }, "by config.json, got F32 [4,4]"],
  ["a wrong type", { ...denoiserFile(), [norm]: int32([16]) }, "F32, F16 or BF16 [16], by config.json, got I32 [16]"],
  [
    "a NaN",
    { ...denoiserFile(), [norm]: float32([16], [...new Array(15).fill(1), Number.NaN]) },
    `tensor ${norm} must hold finite numbers, got NaN (element 15)`,
  ],
  [
    "an infinity",
    { ...denoiserFile(), [norm]: float32([16], [Number.NEGATIVE_INFINITY, ...new Array(15).fill(1)]) },
    `tensor ${norm} must hold finite numbers, got -Infinity (element 0)`,
  ],
  [
    "one tensor under two prefixes",
    { ...denoiserFile(), "blocks.1.norm1.weight": float32([16]) },
    "one tensor must be blocks.1.norm1.weight, got backbone.blocks.1.norm1.weight and blocks.1.norm1.weight",
  ],
])("refuses %s", (_, tensors, message) => {
  writeFolder(folder, mdlmConfig, tensors);
  refused(message);
});

it("refuses a type that nobody reads, where the tensor is one of the model's", () => {
  writeFolder(folder, mdlmConfig, {});
  const wide = [norm, "F64", [16], new Uint8Array(128)] as const;
  writeFileSync(weights, rawSafetensors([...rawEntries(without(norm)), wide]));
  refused(`tensor ${norm} must be F32, F16 or BF16 [16], by config.json, got F64 [16]`);
});

it.each([
  [
    "hidden_dim",
    { hidden_dim: 32, n_heads: 8 },
    "tensor backbone.vocab_embed.embedding must be F32, F16 or BF16 [13,32]",
  ],
  ["n_blocks, too few", { n_blocks: 1 }, "must belong to the model that config.json describes, got backbone.blocks.1."],
  ["n_blocks, too many", { n_blocks: 3 }, "tensor backbone.blocks.2.norm1.weight must be there"],
  ["n_heads, which only the rotary buffer tells", { n_heads: 2 }, "(rotary frequencies, computed here) must be [4]"],
  ["vocab_size", { vocab_size: 14 }, "must be F32, F16 or BF16 [14,16], by config.json, got F32 [13,16]"],
  ["cond_dim", { cond_dim: 8 }, "backbone.sigma_map.mlp.0.weight must be F32, F16 or BF16 [8,256]"],
])("refuses a config that contradicts the tensors in %s", (_, change, message) => {
  writeFolder(folder, { ...mdlmConfig, ...change }, denoiserFile());
  refused(message);
});

it.each([
  ["another architecture", { model_type: "bert" }, 'must be one of mdlm, sdtt, gpt2, got model_type "bert"'],
  ["no architecture", {}, "must be one of mdlm, sdtt, gpt2, got a config.json without model_type"],
  ["time conditioning", { ...mdlmConfig, time_conditioning: true }, "time_conditioning in config.json must be"],
  ["a missing field", { ...mdlmConfig, n_heads: undefined }, "n_heads in config.json must be this architecture's"],
  ["another DiT", { ...sdttConfig, model: { ...sdttConfig.model, type: "ddit" } }, "model.type in config.json must be"],
  ["another noise", { ...sdttConfig, noise: { type: "geometric" } }, "noise.type in config.json must be"],
  ["another parameterization", { ...sdttConfig, parameterization: "d3pm" }, "parameterization in config.json must be"],
  ["a variant of GPT-2", { ...gpt2Config, activation_function: "relu" }, "activation_function in config.json must be"],
  ["another width of GPT-2's MLP", { ...gpt2Config, n_inner: 8 }, "n_inner must be 32, got 8"],
  ["no JSON", "{", "config.json must be readable JSON"],
])("refuses a config of %s", (_, config, message) => {
  writeFolder(folder, config, denoiserFile());
  refused(message);
});

it("refuses another format than the one asked for", () => {
  writeFolder(folder, mdlmConfig, denoiserFile());
  expect(() => readPublished(folder, "gpt2")).toThrow("the architecture must be gpt2's, got mdlm. Take another model");
});

it("refuses a rotary buffer of another base, which would be another model", () => {
  writeFolder(folder, mdlmConfig, { ...denoiserFile(), "backbone.rotary_emb.inv_freq": float32([2], [1, 0.02]) });
  refused(
    "tensor backbone.rotary_emb.inv_freq must be rotary frequencies, computed here: 0.009999999776482582 at element 1",
  );
});

it("refuses an output layer of GPT-2 that is not the embedding", () => {
  writeFolder(folder, gpt2Config, { ...weightsOf(judge), "lm_head.weight": float32([12, 8]) });
  refused("tensor lm_head.weight must be the embedding once more (tied)");
});

it("refuses a file that is cut off, a header longer than the file, and a name given twice in it", () => {
  writeFolder(folder, mdlmConfig, denoiserFile());
  const whole = readFileSync(weights);
  truncateSync(weights, whole.length - 4);
  refused("The file is cut off");
  truncateSync(weights, 100);
  refused(/the header must be at most 92 bytes, got \d+/);
  const twice = rawEntries({ a: float32([1]) });
  writeFileSync(weights, rawSafetensors([...twice, ...twice]));
  refused("names must be unique, got a twice");
});

it("refuses PyTorch's own files with the way to convert them, and a folder without weights", () => {
  writeFileSync(join(folder, "config.json"), JSON.stringify(mdlmConfig));
  refused("there must be model.safetensors or model.safetensors.index.json, got config.json. Check the source.");
  for (const name of ["pytorch_model.bin", "last.ckpt", "model.pt"]) {
    writeFileSync(join(folder, name), "");
    refused(`weights must be safetensors, got ${name}, a PyTorch file. Convert it once where PyTorch is installed`);
    rmSync(join(folder, name));
  }
});

it("refuses an index whose shard is absent", () => {
  writeShards(folder, mdlmConfig, denoiserFile());
  rmSync(join(folder, "model-00002-of-00002.safetensors"));
  refused("every shard that it names must be there, got no model-00002-of-00002.safetensors. Fetch the folder again.");
});

it("refuses a tensor that two shards hold", () => {
  writeShards(folder, mdlmConfig, denoiserFile());
  const first = Object.fromEntries(Object.entries(denoiserFile()).slice(0, 1));
  writeSafetensors(join(folder, "model-00002-of-00002.safetensors"), first);
  refused(/tensor \S+ must be in one shard, got model-00001-of-00002\.safetensors and model-00002-of-00002/);
});

it("refuses an index and shards that name different tensors", () => {
  writeShards(folder, mdlmConfig, denoiserFile());
  const text = readFileSync(index, "utf8");
  const change = (edit: (map: Record<string, string>) => void) => {
    const json = JSON.parse(text);
    edit(json.weight_map);
    writeFileSync(index, JSON.stringify(json));
  };
  change((map) => {
    map.other = "model-00001-of-00002.safetensors";
  });
  refused("tensor other must be in model-00001-of-00002.safetensors, got none");
  change((map) => {
    delete map[norm];
  });
  refused(`must be named, got no ${norm}`);
  change((map) => {
    map[norm] = "../model.safetensors";
  });
  refused("the shard must be a safetensors file of this folder, got ../model.safetensors");
  writeFileSync(index, "{}");
  refused("there must be a weight_map, got undefined");
  writeFileSync(index, "{");
  refused("the index must be readable JSON");
});
