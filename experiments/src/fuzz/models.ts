/**
 * @file Folders of published models as they are found: every format, prefix, layout and age of configuration comes to the
 * same weights; a damaged one is refused in one line or comes to the same weights, never to others without a word.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, type RandomStream, type TensorMap } from "@sdtt/core/base";
import { readPublished, weightsHash, writeSafetensors } from "@sdtt/core/checkpoint";
import { type ModelConfig, modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { damaged, damagedAt } from "./damage.js";
import { attempt, chance, Fault, oneOf, type Target } from "./target.js";

type Tensors = Record<string, TensorMap[string]>;

interface Drawn {
  readonly model: ModelConfig;
  readonly weights: TensorMap;
  readonly config: Record<string, unknown>;
  /** By the names of the file. */
  readonly tensors: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
  readonly format: "auto" | "gpt2" | "mdlm";
}

const small = (random: RandomStream) => {
  const heads = 1 + random.integer(2);
  return {
    heads,
    width: 4 * heads * (1 + random.integer(2)),
    blocks: 1 + random.integer(2),
    length: 4 + random.integer(4),
  };
};

const prefixed = (prefix: string, tensors: TensorMap): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));

function gpt2(random: RandomStream): Drawn {
  const model: ModelConfig = { kind: "gpt2", ...small(random), vocabSize: 11 + random.integer(9) };
  const weights = initialise(modelParameters(model), random.integer(1000));
  const prefix = oneOf(random, ["", "transformer.", "module.transformer.", "_orig_mod."]);
  const tensors = prefixed(prefix, weights);
  const head = `${prefix.replace("transformer.", "")}lm_head.weight`;
  const tie = oneOf(random, ["none", "both", "head only", "metadata"] as const);
  if (tie !== "none") tensors[head] = tensors[`${prefix}wte.weight`] as TensorMap[string];
  if (tie === "head only" || tie === "metadata") delete tensors[`${prefix}wte.weight`];
  if (chance(random, 0.3)) tensors[`${prefix}h.0.attn.masked_bias`] = float32([], [-1e4]);
  const { width, blocks, heads, length, vocabSize } = model;
  const named = oneOf(random, ["model_type", "architectures", "neither"] as const);
  const config: Record<string, unknown> = {
    ...(named === "model_type" && { model_type: "gpt2" }),
    ...(named !== "neither" && { architectures: ["GPT2LMHeadModel"] }),
    ...{ n_embd: width, n_layer: blocks, n_head: heads, vocab_size: vocabSize, activation_function: "gelu_new" },
    ...(chance(random, 0.6) && { n_positions: length }),
    ...(chance(random, 0.6) && { n_ctx: length }),
  };
  const metadata = tie === "metadata" ? { format: "pt", [`${prefix}wte.weight`]: head } : { format: "pt" };
  return { model, weights, config, tensors, metadata, format: named === "neither" ? "gpt2" : "auto" };
}

function denoiser(random: RandomStream): Drawn {
  const sizes = small(random);
  const rest = { vocabSize: 9 + random.integer(9), conditioning: 4, dropout: 0.1, causal: false } as const;
  const model: ModelConfig = { kind: "dit", ...sizes, ...rest };
  const weights = initialise(modelParameters(model), random.integer(1000));
  const prefix = oneOf(random, [
    "",
    "backbone.",
    "backbone.backbone.",
    "_orig_mod.backbone._orig_mod.",
    "module.backbone.",
  ]);
  const tensors = prefixed(prefix, weights);
  const { heads, width, blocks, length } = sizes;
  const half = width / heads / 2;
  const rates = Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
  if (chance(random, 0.7)) tensors[`${prefix}rotary_emb.inv_freq`] = float32([half], rates);
  const nested = { hidden_size: width, cond_dim: 4, length, n_blocks: blocks, n_heads: heads, dropout: 0.1 };
  const flat = { hidden_dim: width, cond_dim: 4, model_length: length, n_blocks: blocks, n_heads: heads, dropout: 0.1 };
  const configs: Record<string, unknown>[] = [
    { model_type: "mdlm", vocab_size: rest.vocabSize, ...flat },
    { architectures: ["MDLM"], vocab_size: rest.vocabSize, ...flat },
    { model: nested, parameterization: "subs", backbone: "dit" },
    { model: { ...nested, type: "ddit-orig" }, parameterization: { name: "multi-round-sdtt" } },
  ];
  return { model, weights, config: oneOf(random, configs), tensors, metadata: { format: "pt" }, format: "auto" };
}

function writeShards(folder: string, { tensors, metadata }: Drawn, random: RandomStream): void {
  const count = 1 + random.integer(3);
  const parts: Tensors[] = Array.from({ length: count }, () => ({}));
  const map: Record<string, string> = {};
  const file = (i: number) => `model-0000${i + 1}-of-0000${count}.safetensors`;
  for (const [name, tensor] of Object.entries(tensors)) {
    const i = random.integer(count);
    (parts[i] as Tensors)[name] = tensor;
    map[name] = file(i);
  }
  parts.forEach((part, i) => {
    if (Object.keys(part).length > 0) writeSafetensors(join(folder, file(i)), part, metadata);
  });
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
}

function writeModel(folder: string, drawn: Drawn, random: RandomStream): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const spaced = JSON.stringify(
    { torch_dtype: "float32", ...drawn.config, "an unknown key": [null] },
    null,
    random.integer(3),
  );
  const text = chance(random, 0.3) ? spaced.replaceAll("\n", "\r\n") : spaced;
  writeFileSync(join(folder, "config.json"), chance(random, 0.3) ? `\ufeff${text}` : text);
  const layout = oneOf(random, ["whole", "shards", "both"] as const);
  if (layout !== "shards") writeSafetensors(join(folder, "model.safetensors"), drawn.tensors, drawn.metadata);
  if (layout !== "whole") writeShards(folder, drawn, random);
}

const impostors = [
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5\n",
  "<!doctype html><html></html>",
  "Entry not found",
  "PK\x03\x04",
  "\x80\x02}q",
  "",
  "\0".repeat(64),
];

/** Spoils one file: its text, the header of its tensors, or all of it. */
function spoil(folder: string, random: RandomStream): void {
  const path = join(folder, oneOf(random, readdirSync(folder).sort()));
  const bytes = readFileSync(path);
  const how = random.integer(4);
  if (how === 0) rmSync(path);
  else if (how === 1) writeFileSync(path, oneOf(random, impostors), "latin1");
  else if (path.endsWith(".json")) writeFileSync(path, damaged(bytes, random).bytes);
  else writeFileSync(path, damagedAt(bytes, random, "head", 8 + Number(bytes.readBigUInt64LE(0))));
}

export const modelFolders: Target = {
  name: "model folders",
  async run(random, folder) {
    const drawn = chance(random, 0.5) ? gpt2(random) : denoiser(random);
    writeModel(folder, drawn, random);
    const isSpoilt = chance(random, 0.6);
    if (isSpoilt) spoil(folder, random);
    const read = () => weightsHash(readPublished(folder, drawn.format).tensors);
    const hash = isSpoilt ? await attempt(read) : read();
    if (hash === "refused") return hash;
    if (hash !== weightsHash(drawn.weights)) throw new Fault(`other weights: ${JSON.stringify(drawn.config)}`);
    return isSpoilt ? "spoilt, the same weights" : "the same weights";
  },
};
