/**
 * @file Manifests on disk: what was submitted, frozen, by the hash of its content.
 *
 * A definition that changed makes another manifest; the ones before stay, and so do the results of their cells.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { writeFileAtomic } from "@sdtt/core/files";
import { manifestsFolder, type Submission, submissions, submissionsFile, sweepFolder } from "@sdtt/core/sweep";
import { codeState } from "@sdtt/core/workspace";
import { removeLeftovers } from "../files/leftovers.js";
import type { LoadedSpec } from "../spec/load.js";
import { cellsOf } from "./cells.js";
import type { Planning } from "./costs.js";
import type { Manifest } from "./frozen.js";

export interface Submitted {
  readonly hash: string;
  readonly manifest: Manifest;
}

/** A spec with its cells and the code as it is now, which nothing under `root` is part of; nothing is written. */
export function freeze(
  file: string,
  { text, definition }: LoadedSpec,
  planning?: Planning,
  root?: string,
): Submitted & { readonly diff: string } {
  const { cells, stages } = cellsOf(`spec ${file}`, definition, planning);
  const { commit, dirty, diff } = codeState(undefined, root === undefined ? [] : [root]);
  const hashed = diff === "" ? "" : createHash("sha256").update(diff).digest("hex");
  const spec = { path: file, text };
  const manifest: Manifest = { format: 1, spec, definition, commit, dirty, diff: hashed, stages, cells };
  const json = JSON.stringify(manifest);
  return { hash: hashOf(json), manifest, diff };
}

/** Of the file's text: a manifest is written once, so its members keep their order. */
const hashOf = (json: string): string => createHash("sha256").update(json).digest("hex").slice(0, 32);

/**
 * Puts a frozen spec on disk as the newest submission of its sweep; the same one again changes nothing.
 *
 * Holds   what a killed runner left half-written is removed
 */
export function submit(root: string, { hash, manifest, diff }: Submitted & { readonly diff: string }): void {
  const folder = sweepFolder(root, manifest.definition.name);
  removeLeftovers([folder, join(root, "stages")]);
  const path = join(manifestsFolder(root, manifest.definition.name), `${hash}.json`);
  if (manifest.diff) writeOnce(join(folder, "diffs", `${manifest.diff}.patch`), diff);
  writeOnce(path, `${JSON.stringify(manifest)}\n`);
  const before = submissionsOf(root, manifest.definition.name);
  if (before.at(-1)?.manifest === hash) return;
  const all = [...before, { manifest: hash, at: new Date().toISOString() }];
  writeFileAtomic(submissionsFile(root, manifest.definition.name), `${JSON.stringify(all, null, 2)}\n`);
}

function writeOnce(path: string, text: string): void {
  if (!existsSync(path)) writeFileAtomic(path, text);
}

export function submissionsOf(root: string, name: string): Submission[] {
  const path = submissionsFile(root, name);
  return existsSync(path) ? submissions.parse(JSON.parse(readFileSync(path, "utf8"))) : [];
}

/** Throws   UserError when it is missing or its content is not what its name says */
export function readManifest(root: string, name: string, hash: string): Manifest {
  const path = join(manifestsFolder(root, name), `${hash}.json`);
  const remedy = "Restore it, or submit the spec again.";
  let text: string;
  try {
    text = readFileSync(path, "utf8").trimEnd();
  } catch (error) {
    throw userError(`manifest ${path}`, "it must be readable", (error as Error).message, remedy, error);
  }
  const found = hashOf(text);
  if (found !== hash) throw userError(`manifest ${path}`, "its content must be what its name says", found, remedy);
  return JSON.parse(text);
}

/** The newest submission. Throws   UserError when there is none */
export function newestManifest(root: string, name: string): Submitted & Pick<Submission, "at"> {
  const newest = submissionsOf(root, name).at(-1);
  if (!newest) {
    throw userError(`sweep ${name}`, "it must have been submitted", "nothing", "Run experiments:sweep --spec=FILE.");
  }
  return { hash: newest.manifest, at: newest.at, manifest: readManifest(root, name, newest.manifest) };
}

/** Manifests of earlier submissions, the newest first, without the last one. */
export function earlierManifests(root: string, name: string): Manifest[] {
  const hashes = [...new Set(submissionsOf(root, name).map(({ manifest }) => manifest))];
  const folder = manifestsFolder(root, name);
  const there = existsSync(folder) ? new Set(readdirSync(folder)) : new Set();
  const known = hashes.slice(0, -1).filter((hash) => there.has(`${hash}.json`));
  return known.reverse().map((hash) => readManifest(root, name, hash));
}
