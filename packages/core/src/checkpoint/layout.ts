/**
 * @file A checkpoint: a folder with model, EMA, optimizer and state, that is there in full or not at all.
 *
 *   model.safetensors · ema.safetensors? · optimizer.safetensors? · state.json (format, hash, SHA-256 of each file, state)
 *
 * Written to a temporary sibling, fsynced, renamed. A folder cannot be exchanged for another in one step, so an old
 * one is set aside first; a reader that comes between finds it there (`folderOf`). One writer at a time is assumed:
 * the run lock sees to it.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { userError } from "../errors.js";
import type { TensorMap } from "../tensor.js";
import { discard, explainWriteError, syncFolder, writeFileAtomic } from "./atomic.js";
import { isAlive } from "./lock.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

export interface CheckpointParts {
  readonly model: TensorMap;
  readonly ema?: TensorMap;
  readonly optimizer?: TensorMap;
  /** Plain JSON: round, update, cursor, configuration, … */
  readonly state: Record<string, unknown>;
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
}

/**
 * Writes a checkpoint, replacing the one of that name.
 *
 * `hash` is `weightsHash(model)`, which is also the SHA-256 of model.safetensors.
 *
 * Holds    a failed save leaves the old checkpoint as it was
 * Throws   UserError when the disk is full or the place is not writable
 */
export function saveCheckpoint(dir: string, parts: CheckpointParts): { hash: string } {
  const temporary = `${dir}.tmp-${hostname()}-${process.pid}`;
  try {
    mkdirSync(dirname(dir), { recursive: true });
    removeStale(dir);
    mkdirSync(temporary);
    const hash = writeParts(temporary, parts);
    syncFolder(temporary);
    moveInto(temporary, dir);
    return { hash };
  } catch (error) {
    discard(temporary);
    throw explainWriteError(dir, error);
  }
}

function writeParts(folder: string, parts: CheckpointParts): string {
  const files: Record<string, string> = {};
  for (const part of tensorParts) {
    const tensors = parts[part];
    if (!tensors) continue;
    const path = join(folder, `${part}.safetensors`);
    writeSafetensors(path, tensors);
    files[`${part}.safetensors`] = fileHash(path);
  }
  const hash = files["model.safetensors"] as string;
  const state: StateFile = { format, hash, files, state: parts.state };
  writeFileAtomic(join(folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
  return hash;
}

function moveInto(temporary: string, dir: string): void {
  const aside = `${dir}.old-${process.pid}`;
  const replaces = existsSync(dir);
  if (replaces) renameSync(dir, aside);
  try {
    renameSync(temporary, dir);
  } catch (error) {
    if (replaces) renameSync(aside, dir);
    throw error;
  }
  syncFolder(dirname(dir));
  rmSync(aside, { recursive: true, force: true });
}

/** Removes what killed saves left: of this name always, of its siblings when their process on this host is dead. */
function removeStale(dir: string): void {
  const parent = dirname(dir);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const left = /^(.+)\.tmp-(.+)-(\d+)$/.exec(name);
    if (left && (left[1] === basename(dir) || (left[2] === hostname() && !isAlive(Number(left[3]))))) {
      rmSync(path, { recursive: true, force: true });
    }
    const aside = /^(.+)\.old-\d+$/.exec(name);
    if (aside && aside[1] === basename(dir)) {
      if (existsSync(dir)) rmSync(path, { recursive: true, force: true });
      else renameSync(path, dir);
    }
  }
}

/** The folder itself, or the one set aside by a save that was killed between its two renames. */
function folderOf(dir: string): string {
  const parent = dirname(dir);
  if (existsSync(dir) || !statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return dir;
  const aside = readdirSync(parent).find((name) => name.startsWith(`${basename(dir)}.old-`));
  return aside ? join(parent, aside) : dir;
}

/**
 * Reads a checkpoint and verifies each file against its recorded SHA-256.
 *
 * Throws   UserError when it is missing, damaged, or of another format
 */
export function loadCheckpoint(dir: string): CheckpointParts & { hash: string } {
  const folder = folderOf(dir);
  const { hash, files, state } = readState(folder);
  const read = (part: TensorPart): TensorMap | undefined => {
    const name = `${part}.safetensors`;
    const recorded = files[name];
    if (recorded === undefined) return undefined;
    verify(join(folder, name), recorded);
    return readSafetensors(join(folder, name)).tensors;
  };
  const model = read("model") as TensorMap;
  const ema = read("ema");
  const optimizer = read("optimizer");
  return { model, ...(ema && { ema }), ...(optimizer && { optimizer }), state, hash };
}

function readState(folder: string): StateFile {
  const path = join(folder, "state.json");
  const where = `checkpoint ${folder}`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw userError(where, "state.json must be readable", code, "Check the path of the checkpoint.", error);
  }
  let value: StateFile;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw userError(where, "state.json must be JSON", (error as Error).message, remedy, error);
  }
  if (value?.format !== format) {
    throw userError(where, `the format must be ${format}`, value?.format, "Use the version that wrote it.");
  }
  if (value.files?.["model.safetensors"] !== value.hash || typeof value.hash !== "string" || !value.state) {
    throw userError(where, "state.json must record the model's hash and the state", text.slice(0, 80), remedy);
  }
  return value;
}

function verify(path: string, recorded: string): void {
  let found: string;
  try {
    found = fileHash(path);
  } catch (error) {
    throw userError(path, "the file must be readable", (error as NodeJS.ErrnoException).code, remedy, error);
  }
  if (found !== recorded) throw userError(path, `SHA-256 must be ${recorded} (state.json)`, found, remedy);
}

/** SHA-256 of a file of any size, hexadecimal. */
export function fileHash(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(1 << 20);
  const file = openSync(path, "r");
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) hash.update(chunk.subarray(0, size));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
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
