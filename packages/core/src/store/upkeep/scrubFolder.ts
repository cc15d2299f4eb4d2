/**
 * @file The same for all that lies under a root: its stores and their copies, the patches of sweeps, the logs of stages.
 */
import { constants, copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { redacted } from "../../base/redact.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { type Scrubbed, scrubbedPatch, scrubStore } from "./scrub.js";

export interface ScrubbedFile extends Scrubbed {
  readonly path: string;
  /** The copy as it was; undefined where none was made. */
  readonly backup: string | undefined;
}

/** Logs above this are left alone. */
const mostOfText = 1 << 26;

const isStore = (name: string) => /\.sqlite$|\.backup$/.test(name);
const isText = (name: string) => /(^|\/)sweeps\/[^/]+\/diffs\/[^/]+\.patch$|(^|\/)stages\/[^/]+\/log\.txt$/.test(name);

function scrubText(path: string, backup: string | undefined, isDry: boolean): Scrubbed {
  const text = readFileSync(path, "utf8");
  const files = new Set<string>();
  const clean = path.endsWith(".patch") ? scrubbedPatch(text, files) : redacted(text, {});
  if (clean === text) return { files: [], texts: 0 };
  if (!isDry) {
    if (backup !== undefined) copyFileSync(path, backup, constants.COPYFILE_EXCL);
    writeFileAtomic(path, clean);
  }
  return { files: [...files].sort(), texts: 1 };
}

function scrubFile(path: string, isDry: boolean, keep: boolean): ScrubbedFile {
  const copy = keep ? `${path}.unscrubbed` : undefined;
  const found = isStore(path) ? scrubStore(path, isDry ? undefined : (copy ?? null)) : scrubText(path, copy, isDry);
  return { ...found, path, backup: isDry || found.texts === 0 ? undefined : copy };
}

/**
 * Scrubs a file, or all that are under a folder.
 *
 * @param keep whether a copy of each changed file is left beside it
 */
export function scrubAll(place: string, { isDry, keep }: { isDry: boolean; keep: boolean }): ScrubbedFile[] {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [scrubFile(place, isDry, keep)];
  const names = readdirSync(place, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  const paths = names
    .filter((name) => isStore(name) || isText(name))
    .sort()
    .map((name) => join(place, name));
  const wanted = paths.filter((path) => existsSync(path) && (isStore(path) || statSync(path).size <= mostOfText));
  return wanted.map((path) => scrubFile(path, isDry, keep));
}
