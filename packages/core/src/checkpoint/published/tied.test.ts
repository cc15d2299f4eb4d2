/**
 * @file Tensors that share their memory are in a file once, under either name: every format, prefix and type.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { float32, type Tensor, type TensorMap } from "../../base/tensor.js";
import { bytesOf } from "../../files/atomic.js";
import { halfFromFloat32 } from "../safetensors/halfFloat.js";
import { weightsHash, writeSafetensors } from "../safetensors/safetensors.js";
import {
  denoiserFile,
  gpt2Config,
  judge,
  mdlmConfig,
  prefixed,
  rawSafetensors,
  sdttConfig,
  weightsOf,
  writeFolder,
  writeShards,
} from "./published.fixture.js";
import { readPublished } from "./read.js";

const root = mkdtempSync(join(tmpdir(), "tied-test-"));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, "model");
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

/** The same tensors, one of them under another name. */
function renamed(tensors: TensorMap, from: string, to: string): Record<string, Tensor> {
  const { [from]: moved, ...rest } = tensors;
  return { ...rest, [to]: moved as Tensor };
}

const prefixes = ["", "transformer.", "module.transformer.", "_orig_mod.transformer."];

it.each(prefixes)("GPT-2 with its embedding under lm_head.weight alone is read, names begun with '%s'", (prefix) => {
  const lead = prefix.replace("transformer.", "");
  const file = renamed(prefixed(prefix, weightsOf(judge)), `${prefix}wte.weight`, `${lead}lm_head.weight`);
  const read = readPublished(writeFolder(folder, gpt2Config, file));
  expect(weightsHash(read.tensors)).toBe(weightsHash(weightsOf(judge)));
  expect(read.mapping.dropped).toEqual([]);
});

it("GPT-2 with its embedding under lm_head.weight alone is read from shards too, and in half precision", () => {
  const file = renamed(weightsOf(judge), "wte.weight", "lm_head.weight");
  const sharded = readPublished(writeShards(folder, gpt2Config, file));
  expect(weightsHash(sharded.tensors)).toBe(weightsHash(weightsOf(judge)));
  rmSync(folder, { recursive: true });
  const half = Object.entries(file).map(
    ([name, { shape, data }]) => [name, "F16", shape, bytesOf(halfFromFloat32(data as Float32Array))] as const,
  );
  writeFolder(folder, gpt2Config, {});
  writeFileSync(join(folder, "model.safetensors"), rawSafetensors(half));
  expect(readPublished(folder).tensors["wte.weight"]?.shape).toEqual([12, 8]);
});

it.each([
  ["GPT-2's embedding", gpt2Config, prefixed("transformer.", weightsOf(judge)), "transformer.wte.weight", "output"],
  ["a norm of MDLM's", mdlmConfig, denoiserFile(), "backbone.blocks.1.norm1.weight", "backbone.blocks.0.norm1.weight"],
  ["a bias of SDTT's", sdttConfig, denoiserFile(), "backbone.blocks.1.mlp.2.bias", "backbone.blocks.0.mlp.2.bias"],
])("%s that the file's metadata give another name for is read under that one", (_, config, file, removed, kept) => {
  const { [removed]: shared, ...rest } = file as Record<string, Tensor>;
  const same = { ...rest, [kept]: shared as Tensor };
  writeFolder(folder, config, {});
  writeSafetensors(join(folder, "model.safetensors"), same, { format: "pt", [removed]: kept });
  const { tensors, mapping } = readPublished(folder);
  const ours = mapping.kept.find(({ tensor }) => tensor.name === kept)?.ours;
  expect(ours).toBeDefined();
  const of = (name: string) => name.replace(/^(transformer|backbone)\./, "");
  expect(tensors[of(removed)]).toEqual(shared);
});

const embedding = "backbone.vocab_embed.embedding";
const output = "backbone.output_layer.linear.weight";
const tiedSdtt = { ...sdttConfig, model: { ...sdttConfig.model, tie_word_embeddings: true } };

it.each([
  ["the embedding, SDTT", tiedSdtt, embedding, output],
  ["the output layer, SDTT", tiedSdtt, output, embedding],
  ["the embedding, MDLM", { ...mdlmConfig, tie_word_embeddings: true }, embedding, output],
])(
  "a denoiser whose config ties its output to its embedding is read where only %s is there",
  (_, config, kept, gone) => {
    const { [gone]: __, ...file } = denoiserFile();
    const { tensors } = readPublished(writeFolder(folder, config, file));
    const [first, second] = [kept, gone].map((name) => tensors[name.replace("backbone.", "")]);
    expect(first).toEqual(denoiserFile()[kept]);
    expect(second).toEqual(first);
  },
);

it("a denoiser whose config ties nothing is refused where one of the two is missing", () => {
  const { [output]: _, ...file } = denoiserFile();
  writeFolder(folder, sdttConfig, file);
  expect(() => readPublished(folder)).toThrow(
    `tensor ${output} must be there, float32 [13,16] by config.json, got none`,
  );
});

it("a tensor that holds nothing is dropped by name, of whatever type; one that holds something is refused", () => {
  const types = ["I64", "U8", "F64", "F32", "BOOL", "F8_E4M3", "C64", "F4"];
  const entries = Object.entries(weightsOf(judge)).map(([name, t]) => [name, "F32", t.shape, bytesOf(t.data)] as const);
  const nothing = types.map((type) => [`h.0.quant.${type}`, type, [0], new Uint8Array(0)] as const);
  writeFolder(folder, gpt2Config, {});
  const path = join(folder, "model.safetensors");
  writeFileSync(path, rawSafetensors([...nothing, ...entries]));
  const read = readPublished(folder);
  expect(weightsHash(read.tensors)).toBe(weightsHash(weightsOf(judge)));
  expect(read.mapping.dropped.map(({ tensor }) => tensor.name).sort()).toEqual(nothing.map(([name]) => name).sort());
  writeFileSync(path, rawSafetensors([...entries, ["h.0.quant.scale", "F32", [1], bytesOf(float32([1]).data)]]));
  expect(() => readPublished(folder)).toThrow("every tensor must belong to the model that config.json describes");
});
