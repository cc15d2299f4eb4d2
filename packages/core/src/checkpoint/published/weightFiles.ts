/**
 * @file The weights of a published folder: one safetensors file, or shards with their index.
 *
 * All headers are read and held against each other before any tensor is. PyTorch's own files (.bin, .ckpt, .pt) are
 * programs in pickle form; reading them is another trade, and safetensors exist because of it.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import { readJson } from "../../files/json.js";
import { openSafetensors, type SafetensorsFile } from "../safetensors/safetensors.js";
import { memberOf } from "./config.js";
import type { StoredTensor, WeightFiles } from "./stored.js";
import { heldAgainst } from "./twice.js";

export const weightsName = "model.safetensors";
export const indexName = "model.safetensors.index.json";

const again = "Fetch the folder again.";
/** A copy of each tensor: safetensors refuse two that share their memory, as GPT-2's embedding and head do. */
const convert =
  "Convert it once where PyTorch is installed: " +
  'safetensors.torch.save_file({k: v.clone().contiguous() for k, v in state_dict.items()}, "model.safetensors").';

/** Throws   UserError when `names` hold PyTorch files and no safetensors, or no weights at all */
export function refuseOtherWeights(where: string, names: readonly string[]): void {
  if (names.includes(weightsName) || names.includes(indexName)) return;
  const other = names.find((name) => /\.(bin|ckpt|pt|pth)$/.test(name));
  if (other) throw userError(where, "weights must be safetensors", `${other}, a PyTorch file`, convert);
  const foreign = names.find((name) => /\.(gguf|ggml|h5|msgpack|onnx|npz|npy|ot|pkl|safetensors)$/.test(name));
  const rename = `If it is the whole model, name it ${weightsName}.`;
  const remedy = foreign?.endsWith(".safetensors") ? rename : "Take the model's safetensors.";
  if (foreign) throw userError(where, `there must be ${weightsName} or ${indexName}`, `${foreign} only`, remedy);
  const got = names.length > 12 ? `${names.slice(0, 12).join(", ")} and ${names.length - 12} more` : names.join(", ");
  throw userError(where, `there must be ${weightsName} or ${indexName}`, got || "an empty folder", "Check the source.");
}

/** The shards that an index names, in order, and the tensors that it says are in each. */
export function readIndex(path: string): ReadonlyMap<string, readonly string[]> {
  const map = memberOf(readJson({ where: path, what: "the index", path, remedy: again }), "weight_map");
  if (typeof map !== "object" || map === null) throw userError(path, "there must be a weight_map", map, again);
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !/^[\w.-]+\.safetensors$/.test(shard)) {
      throw userError(path, `tensor ${tensor}: the shard must be a safetensors file of this folder`, shard, again);
    }
    shards.set(shard, [...(shards.get(shard) ?? []), tensor]);
  }
  return new Map([...shards].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tensorsOf({ header, read }: SafetensorsFile): StoredTensor[] {
  const own = header.entries.map((entry) => ({ ...entry, read: () => read(entry) }));
  return [...own, ...header.foreign];
}

function checkShard(index: string, shard: string, named: readonly string[], tensors: readonly StoredTensor[]): void {
  const held = new Set(tensors.map(({ name }) => name));
  const missing = named.find((name) => !held.has(name));
  if (missing) throw userError(index, `tensor ${missing} must be in ${shard}`, "none", again);
  const unnamed = tensors.find(({ name }) => !named.includes(name));
  if (unnamed) throw userError(index, `every tensor of ${shard} must be named`, `no ${unnamed.name}`, again);
}

function refuseRepeated(index: string, shards: readonly (readonly [string, readonly StoredTensor[]])[]): void {
  const homes = new Map<string, string>();
  for (const [shard, tensors] of shards) {
    for (const { name } of tensors) {
      const other = homes.get(name);
      if (other) throw userError(index, `tensor ${name} must be in one shard`, `${other} and ${shard}`, again);
      homes.set(name, shard);
    }
  }
}

/** Opens the whole file, or the shards of the index. */
function openFiles(folder: string, names: readonly string[], isWhole: boolean): WeightFiles {
  const index = join(folder, indexName);
  const named = isWhole ? new Map([[weightsName, undefined]]) : readIndex(index);
  const absent = [...named.keys()].find((name) => !names.includes(name));
  if (absent) throw userError(index, "every shard that it names must be there", `no ${absent}`, again);
  const opened: (readonly [string, SafetensorsFile])[] = [];
  const close = () => {
    for (const [, file] of opened) file.close();
  };
  try {
    for (const name of named.keys()) opened.push([name, openSafetensors(join(folder, name))]);
    const shards = opened.map(([name, file]) => [name, tensorsOf(file)] as const);
    refuseRepeated(index, shards);
    for (const [name, tensors] of shards) {
      const expected = named.get(name);
      if (expected) checkShard(index, name, expected, tensors);
    }
    const files = isWhole ? [weightsName] : [indexName, ...named.keys()];
    const metadata = Object.assign({}, ...opened.map(([, { header }]) => header.metadata));
    return { tensors: shards.flatMap(([, tensors]) => tensors), files, metadata, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Opens the weights of a folder.
 *
 * Throws   UserError when they are absent, PyTorch's, damaged, or index and shards contradict each other
 */
export function openWeightFiles(folder: string): WeightFiles {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  refuseOtherWeights(`weights ${folder}`, names);
  const whole = names.includes(weightsName) ? openFiles(folder, names, true) : undefined;
  const hasShards = names.includes(indexName) && names.some((name) => /-of-\d+\.safetensors$/.test(name));
  if (whole && !hasShards) return whole;
  try {
    const shards = openFiles(folder, names, false);
    return whole ? heldAgainst(folder, whole, shards) : shards;
  } catch (error) {
    whole?.close();
    throw error;
  }
}
