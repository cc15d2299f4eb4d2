/**
 * @file Folders that are either there in full or not at all.
 *
 * Written to a temporary sibling, fsynced, renamed. A folder cannot be exchanged for another in one step, so an old
 * one is set aside first; a reader that comes between finds it there (`folderOf`). One writer at a time is assumed.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { userError } from "../base/errors.js";
import { discard, explainWriteError, syncFolder, temporaryName } from "./atomic.js";
import { isAlive } from "./lock.js";

/** Refuses a folder to make that is there already, unless it is empty. */
export function refuseExisting(where: string, out: string): void {
  if (!existsSync(out) || (statSync(out).isDirectory() && readdirSync(out).length === 0)) return;
  throw userError(where, "--out must not exist yet", out, "Choose another folder, or remove it.");
}

/**
 * Replaces the folder `dir` by what `write` puts into the empty folder that it is given.
 *
 * Holds    a failed write leaves the old folder as it was
 * Throws   UserError when the disk is full or the place is not writable
 */
export function replaceFolder<T>(dir: string, write: (temporary: string) => T): T {
  const temporary = temporaryName(dir);
  try {
    mkdirSync(dirname(dir), { recursive: true });
    removeStale(dir);
    mkdirSync(temporary);
    const result = write(temporary);
    syncFolder(temporary);
    moveInto(temporary, dir);
    return result;
  } catch (error) {
    discard(temporary);
    throw explainWriteError(dir, error);
  }
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
export function folderOf(dir: string): string {
  const parent = dirname(dir);
  if (existsSync(dir) || !statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return dir;
  const aside = readdirSync(parent).find((name) => name.startsWith(`${basename(dir)}.old-`));
  return aside ? join(parent, aside) : dir;
}
