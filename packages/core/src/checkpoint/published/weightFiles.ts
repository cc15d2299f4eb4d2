/**
 * @file The weights of a published folder: one safetensors file, or shards with their index.
 *
 * All headers are read and held against each other before any tensor is. PyTorch's own files (.bin, .ckpt, .pt) are
 * programs in pickle form; reading them is another trade, and safetensors exist because of it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../../base/errors.js";
import type { Tensor } from "../../base/tensor.js";
import { openSafetensors, type SafetensorsFile } from "../safetensors/safetensors.js";

export const weightsName = "model.safetensors";
export const indexName = "model.safetensors.index.json";

export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the file says: F32, BF16, I64, … */
  readonly stored: string;
  /** Undefined where the type is not one that is read. */
  readonly read?: () => Tensor;
}

export interface WeightFiles {
  readonly tensors: readonly StoredTensor[];
  /** Names within the folder, the index included. */
  readonly files: readonly string[];
  close(): void;
}

const again = "Fetch the folder again.";

/** Throws   UserError when `names` hold PyTorch files and no safetensors, or no weights at all */
export function refuseOtherWeights(where: string, names: readonly string[]): void {
  if (names.includes(weightsName) || names.includes(indexName)) return;
  const pickled = names.find((name) => /\.(bin|ckpt|pt|pth)$/.test(name));
  if (pickled) {
    const remedy =
      'Convert it once where PyTorch is installed: safetensors.torch.save_file(state_dict, "model.safetensors").';
    throw userError(where, "weights must be safetensors", `${pickled}, a PyTorch file`, remedy);
  }
  const rule = `there must be ${weightsName} or ${indexName}`;
  throw userError(where, rule, names.join(", ") || "an empty folder", "Check the source.");
}

/** The shards that an index names, in order, and the tensors that it says are in each. */
export function readIndex(path: string): ReadonlyMap<string, readonly string[]> {
  let map: unknown;
  try {
    map = JSON.parse(readFileSync(path, "utf8")).weight_map;
  } catch (error) {
    throw userError(path, "the index must be readable JSON", (error as Error).message, again, error);
  }
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

/**
 * Opens the weights of a folder.
 *
 * Throws   UserError when they are absent, PyTorch's, damaged, or index and shards contradict each other
 */
export function openWeightFiles(folder: string): WeightFiles {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  refuseOtherWeights(`weights ${folder}`, names);
  const isWhole = names.includes(weightsName);
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
    return { tensors: shards.flatMap(([, tensors]) => tensors), files, close };
  } catch (error) {
    close();
    throw error;
  }
}
