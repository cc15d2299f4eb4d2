/**
 * @file What a cell reads from disk, by its content: checkpoints, judges, tokenizers, texts.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import {
  checkpointFolder,
  findCheckpoint,
  learnedText,
  readCheckpointState,
  type WeightsKind,
} from "@sdtt/core/checkpoint";
import { rootFolder } from "@sdtt/core/cli";
import { placeHash } from "@sdtt/core/text";
import { assetNames, assetOptions, type Options, type StageKind } from "./kinds.js";

const remembered = new Map<string, string>();

export interface AssetPolicy {
  /** Options that are looked after elsewhere. */
  readonly skip?: readonly string[];
  /** Takes the paths that are not there; without it they are refused. */
  readonly missing?: Set<string> | undefined;
}

/** The hashes of all that a stage's options name. Throws   UserError for what is not there */
export function assetsOf(
  where: string,
  kind: StageKind,
  options: Options,
  { skip = [], missing }: AssetPolicy = {},
): Options {
  const found: Record<string, string> = {};
  for (const [option, embedded] of Object.entries(assetOptions[kind])) {
    const path = (options[option] as string | undefined) ?? embedded;
    if (path === undefined || skip.includes(option)) continue;
    if (missing && !assetNames.has(path) && !existsSync(path)) missing.add(path);
    else found[option] = assetNames.has(path) ? path : hashOfAsset(where, `${kind}.${option}`, path);
  }
  return found;
}

export function hashOfAsset(where: string, option: string, path: string): string {
  const known = remembered.get(path);
  if (known) return known;
  if (!existsSync(path)) {
    const remedy = "Make it first, or give the path of another.";
    throw userError(where, `${option} must be there before anything starts`, `no such file (${path})`, remedy);
  }
  const hash = contentOf(path);
  remembered.set(path, hash);
  return hash;
}

/** A checkpoint is the hash of the weights that it calls its student; anything else is its bytes. */
function contentOf(path: string): string {
  const place = statSync(path).isDirectory() ? checkpointFolder(path) : path;
  if (existsSync(join(place, "state.json"))) return findCheckpoint(place, "student").hash;
  return placeHash(place, rootFolder());
}

const tokenizers = new Map<string, string>();

/** The tokenizer that a teacher was trained with, as its state says. */
export function tokenizerHashOf(teacher: string): string {
  const known = tokenizers.get(teacher);
  if (known) return known;
  const folder = checkpointFolder(teacher);
  const there = existsSync(join(folder, "state.json"));
  const hash = there ? String(readCheckpointState(folder).state.tokenizerHash ?? "unknown") : "unknown";
  tokenizers.set(teacher, hash);
  return hash;
}

/** Which weights a teacher's folder calls its student; of one that is not there yet, those that imported models have. */
export function weightsOf(teacher: string): WeightsKind {
  const there = existsSync(join(checkpointFolder(teacher), "state.json"));
  return there ? findCheckpoint(teacher, "student").weights : "raw";
}

/** The text that a teacher's folder says it learned; undefined where it does not say, or is not there yet. */
export function sourceLearnedBy(teacher: string): string | undefined {
  const folder = checkpointFolder(teacher);
  if (!existsSync(join(folder, "state.json"))) return undefined;
  return learnedText(readCheckpointState(folder).state)?.source;
}
