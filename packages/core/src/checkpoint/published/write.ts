/**
 * @file Writes a model as a published folder: config.json, safetensors (in shards where they would be too large), and
 * what goes beside them: a tokenizer, a card.
 *
 * `metadata.format = "pt"` is what the transformers library asks of a file before it reads it.
 */
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import { sizeOf, type Tensor, type TensorMap } from "../../base/tensor.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { replaceFolder } from "../../files/folder.js";
import type { ModelConfig } from "../../model/presets.js";
import type { FloatType } from "../safetensors/header.js";
import { writeSafetensors } from "../safetensors/safetensors.js";
import { checkFinite } from "./finite.js";
import { type PublishedName, traitsOf } from "./format.js";
import { publishedFormats } from "./formats.js";
import { indexName, weightsName } from "./weightFiles.js";

export interface WriteOptions {
  readonly format: PublishedName;
  readonly floats: FloatType;
  /** Largest size of one file's tensors; one tensor larger than it gets a file of its own. */
  readonly shardBytes?: number;
  /** Texts to put beside, by file name; one that is undefined is left out. */
  readonly beside?: Readonly<Record<string, string | undefined>>;
}

const torchTypes: Record<FloatType, string> = { F32: "float32", F16: "float16", BF16: "bfloat16" };
const metadata = { format: "pt" };

/** Cuts tensors, in their order, into pieces of at most `most` bytes. */
export function shardsOf(tensors: TensorMap, itemBytes: number, most: number): Record<string, Tensor>[] {
  const shards: Record<string, Tensor>[] = [];
  let room = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const bytes = sizeOf(tensor.shape) * itemBytes;
    if (bytes > room || shards.length === 0) {
      shards.push({});
      room = most;
    }
    (shards.at(-1) as Record<string, Tensor>)[name] = tensor;
    room -= bytes;
  }
  return shards;
}

/** Refuses what float16 cannot hold: it would silently become infinite. */
function checkRange(where: string, tensors: TensorMap): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    const at = (data as Float32Array).findIndex((x) => Math.abs(x) >= 65_520);
    if (at < 0) continue;
    throw userError(where, `tensor ${name} must fit float16`, `${data[at]} (element ${at})`, "Use --dtype=bf16.");
  }
}

function writeShards(folder: string, tensors: TensorMap, floats: FloatType, most: number): void {
  const itemBytes = floats === "F32" ? 4 : 2;
  const shards = shardsOf(tensors, itemBytes, most);
  const [whole] = shards;
  if (whole && shards.length === 1) {
    writeSafetensors(join(folder, weightsName), whole, metadata, floats);
    return;
  }
  const weightMap: Record<string, string> = {};
  const digits = (n: number) => String(n).padStart(5, "0");
  shards.forEach((shard, i) => {
    const name = `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`;
    writeSafetensors(join(folder, name), shard, metadata, floats);
    for (const tensor of Object.keys(shard)) weightMap[tensor] = name;
  });
  const total = Object.values(tensors).reduce((sum, { shape }) => sum + sizeOf(shape) * itemBytes, 0);
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  writeFileAtomic(join(folder, indexName), `${JSON.stringify(index, null, 2)}\n`);
}

/**
 * Writes `folder`, all or nothing.
 *
 * Holds    what is written as F32 reads back to the same bytes
 * Throws   UserError when the format cannot hold the model, or float16 a number of it
 */
export function writePublished(folder: string, model: ModelConfig, tensors: TensorMap, options: WriteOptions): void {
  const { format: name, floats, shardBytes = Number.POSITIVE_INFINITY, beside = {} } = options;
  const format = publishedFormats[name];
  const where = `export ${folder}`;
  if (!format.holds(model)) {
    const got = [model.kind, ...traitsOf(model)].join(", ");
    throw userError(where, `the model must be one that ${name} can hold`, got, "Choose another --format.");
  }
  for (const [tensor, value] of Object.entries(tensors)) checkFinite(where, tensor, value);
  if (floats === "F16") checkRange(where, tensors);
  const all = { ...tensors, ...format.buffers(model) };
  const named = Object.fromEntries(Object.entries(all).map(([ours, tensor]) => [format.publishedName(ours), tensor]));
  const config = { ...format.configOf(model), torch_dtype: torchTypes[floats] };
  replaceFolder(folder, (temporary) => {
    writeShards(temporary, named, floats, format.isOneFile ? Number.POSITIVE_INFINITY : shardBytes);
    writeFileAtomic(join(temporary, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    for (const [file, text] of Object.entries(beside)) {
      if (text !== undefined) writeFileAtomic(join(temporary, file), text);
    }
  });
}
