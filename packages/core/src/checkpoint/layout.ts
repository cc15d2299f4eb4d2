/**
 * @file A checkpoint: a folder with model, EMA, optimizer and state, that is there in full or not at all.
 *
 *   model.safetensors · ema.safetensors? · optimizer.safetensors? · state.json (format, hash, SHA-256 of each file, state)
 *
 * What ships with the project may have its model packed (`packed/packed.ts`).
 *
 * One writer at a time is assumed: the run lock sees to it.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { userError } from "../base/errors.js";
import type { TensorMap } from "../base/tensor.js";
import { writeFileAtomic } from "../files/atomic.js";
import { fileHash } from "../files/fileHash.js";
import { folderOf, replaceFolder } from "../files/folder.js";
import { readJson } from "../files/json.js";
import { type Packing, packedFile, readPacked, writePacked } from "./packed/packed.js";
import { readSafetensors, weightsHash, writeSafetensors } from "./safetensors/safetensors.js";

export interface CheckpointParts {
  readonly model: TensorMap;
  readonly ema?: TensorMap;
  readonly optimizer?: TensorMap;
  /** Plain JSON: round, update, cursor, configuration, … */
  readonly state: Record<string, unknown>;
  /** How the model is written; left out: as it is. */
  readonly packing?: Packing | undefined;
  /** Texts to put beside, by file name: a tokenizer.json. One that is undefined is left out. */
  readonly beside?: Readonly<Record<string, string | undefined>>;
}

const tensorParts = ["model", "ema", "optimizer"] as const;
type TensorPart = (typeof tensorParts)[number];
const format = 1;
const remedy = "Take another checkpoint; this one is damaged.";

interface StateFile {
  readonly format: number;
  readonly hash: string;
  readonly files: Readonly<Record<string, string>>;
  readonly state: Record<string, unknown>;
  readonly packing?: Packing | undefined;
}

/**
 * Writes a checkpoint, replacing the one of that name.
 *
 * `hash` is `weightsHash(model)`, which is also the SHA-256 of model.safetensors; of a packed model it is that of the weights
 * that it unpacks to.
 *
 * Holds    a failed save leaves the old checkpoint as it was
 * Throws   UserError when the disk is full or the place is not writable
 */
export function saveCheckpoint(dir: string, parts: CheckpointParts): { hash: string } {
  return replaceFolder(dir, (temporary) => ({ hash: writeParts(temporary, dir, parts) }));
}

function writeParts(folder: string, dir: string, parts: CheckpointParts): string {
  const files: Record<string, string> = {};
  const { packing } = parts;
  const unpacked = packing && writePacked(folder, packing, parts.model, baseOf(dir));
  if (packing) files[packedFile(packing)] = fileHash(join(folder, packedFile(packing)));
  for (const part of tensorParts) {
    const tensors = parts[part];
    if (!tensors || (packing && part === "model")) continue;
    const path = join(folder, `${part}.safetensors`);
    writeSafetensors(path, tensors);
    files[`${part}.safetensors`] = fileHash(path);
  }
  const hash = unpacked ? weightsHash(unpacked) : (files["model.safetensors"] as string);
  for (const [name, text] of Object.entries(parts.beside ?? {})) {
    if (text !== undefined) writeFileAtomic(join(folder, name), text);
  }
  const state: StateFile = { format, hash, files, state: parts.state, ...(packing && { packing }) };
  writeFileAtomic(join(folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
  return hash;
}

/**
 * Reads a checkpoint and verifies each file against its recorded SHA-256.
 *
 * Throws   UserError when it is missing, damaged, or of another format
 */
export function loadCheckpoint(dir: string): Omit<CheckpointParts, "beside" | "packing"> & { hash: string } {
  const folder = folderOf(dir);
  const found = readState(folder);
  const { hash, state } = found;
  const model = readPart(folder, found, "model") as TensorMap;
  const ema = readPart(folder, found, "ema");
  const optimizer = readPart(folder, found, "optimizer");
  return { model, ...(ema && { ema }), ...(optimizer && { optimizer }), state, hash };
}

/** Reads one part, verified; undefined where the checkpoint has none. Optimizer and the rest cost nothing then. */
export function loadWeights(dir: string, part: "model"): TensorMap;
export function loadWeights(dir: string, part: TensorPart): TensorMap | undefined;
export function loadWeights(dir: string, part: TensorPart): TensorMap | undefined {
  const folder = folderOf(dir);
  return readPart(folder, readState(folder), part);
}

/** What state.json says, without reading a tensor. */
export interface CheckpointSummary {
  readonly state: Record<string, unknown>;
  /** `weightsHash` of each part that is there. */
  readonly hashes: { readonly model: string } & Partial<Record<TensorPart, string>>;
}

/** Throws   UserError when state.json is missing, damaged, or of another format */
export function readCheckpointState(dir: string): CheckpointSummary {
  const { files, state, hash } = readState(folderOf(dir));
  const hashOf = (part: TensorPart) => files[`${part}.safetensors`];
  const [ema, optimizer] = [hashOf("ema"), hashOf("optimizer")];
  return { state, hashes: { model: hash, ...(ema && { ema }), ...(optimizer && { optimizer }) } };
}

/** Reads and hashes in one pass; a file that cannot be parsed is told by its hash first, as all damage is. */
function readPart(folder: string, found: StateFile, part: TensorPart): TensorMap | undefined {
  const { files, packing } = found;
  if (packing && part === "model") return unpackedModel(folder, packing, found);
  const name = `${part}.safetensors`;
  const recorded = files[name];
  if (recorded === undefined) return undefined;
  const path = join(folder, name);
  const hash = createHash("sha256");
  let tensors: TensorMap;
  try {
    tensors = readSafetensors(path, hash).tensors;
  } catch (error) {
    verify(path, recorded, hashOrReason(path));
    throw error;
  }
  verify(path, recorded, hash.digest("hex"));
  return tensors;
}

const absent = (path: string) => (existsSync(path) ? remedy : "Check the path of the checkpoint.");

/** The weights of the checkpoint in a folder that is given from another's. */
const baseOf = (folder: string) => (base: string) => loadWeights(join(folder, base), "model");

function unpackedModel(folder: string, packing: Packing, { files, hash }: StateFile): TensorMap {
  const path = join(folder, packedFile(packing));
  verify(path, files[packedFile(packing)] as string, hashOrReason(path));
  const weights = readPacked(folder, packing, baseOf(folder));
  const found = weightsHash(weights);
  if (found === hash) return weights;
  const rule = `it must unpack to the weights ${hash.slice(0, 12)} (state.json)`;
  const because = packing.form === "delta" ? `: ${join(folder, packing.base)} is not what it was made from` : "";
  throw userError(path, rule, `${found.slice(0, 12)}${because}`, remedy);
}

function readState(folder: string): StateFile {
  const path = join(folder, "state.json");
  const where = `checkpoint ${folder}`;
  const value = readJson({ where, what: "state.json", path, remedy: absent(path) }) as StateFile;
  if (value?.format !== format) {
    throw userError(where, `the format must be ${format}`, value?.format, "Use the version that wrote it.");
  }
  const file = value.packing ? packedFile(value.packing) : "model.safetensors";
  const recorded = value.files?.[file];
  const isKnown = value.packing ? typeof recorded === "string" : recorded === value.hash;
  if (!isKnown || typeof value.hash !== "string" || !value.state) {
    const got = JSON.stringify(value).slice(0, 80);
    throw userError(where, "state.json must record the model's hash and the state", got, remedy);
  }
  return value;
}

function hashOrReason(path: string): string {
  try {
    return fileHash(path);
  } catch (error) {
    throw userError(path, "the file must be readable", (error as NodeJS.ErrnoException).code, remedy, error);
  }
}

function verify(path: string, recorded: string, found: string): void {
  if (found !== recorded) throw userError(path, `SHA-256 must be ${recorded} (state.json)`, found, remedy);
}

/** Where the checkpoint after `update` of a run lies: runDir/checkpoints/update-00000100. */
export function checkpointPath(runDir: string, update: number): string {
  return join(runDir, "checkpoints", `update-${String(update).padStart(8, "0")}`);
}

/** The checkpoint of the highest update, temporary folders left out; undefined when there is none. */
export function newestCheckpoint(runDir: string): string | undefined {
  const folder = join(runDir, "checkpoints");
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).flatMap((name) => /^(update-\d+)(?:\.old-\d+)?$/.exec(name)?.[1] ?? []);
  const newest = names.sort((a, b) => Number(a.slice(7)) - Number(b.slice(7))).at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}
