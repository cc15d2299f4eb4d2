/**
 * @file Files that are either there in full or not at all.
 *
 * Bytes go to a temporary sibling, are fsynced, and are renamed over the target; a failure removes the sibling and
 * leaves the target as it was. It does not protect against two writers of one path: that is the run lock's work.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { UserError, userError } from "../base/errors.js";
import { systemRules } from "../base/systemErrors.js";

/** Writes all of `bytes` at the file's current end, in pieces the operating system accepts. */
export function writeFully(file: number, bytes: Uint8Array): void {
  const most = 1 << 30;
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(most, bytes.length - done));
  }
}

/** The bytes of a typed array, not copied. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Makes a rename or a removal in `folder` survive a power cut; not possible on Windows, where it does nothing. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Turns a file system's refusal into a `UserError`; anything else is returned as it is. */
export function explainWriteError(path: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  const known = code === "ENOENT" ? undefined : systemRules[code];
  return known ? userError(`write ${path}`, known.rule, code, known.remedy, error) : error;
}

/** The temporary sibling of `path`, one per process of any host. */
export function temporaryName(path: string): string {
  return `${path}.tmp-${hostname()}-${process.pid}`;
}

/** Removes what a failed write left, as far as that is possible: the error to be told is the write's. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It is not there, or its folder is not one.
  }
}

/** Creates `path` from pieces and fsyncs it; the caller renames. Removes what it began when a write fails. */
function writeSynced(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, "w");
  try {
    for (const piece of pieces) writeFully(file, piece);
    fsyncSync(file);
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces `path` by the pieces, all or nothing; missing parent folders are created.
 *
 * Holds    a failed write leaves the old file as it was, and no temporary file
 * Throws   UserError when the disk is full or the place is not writable
 */
export function writeFileAtomic(path: string, pieces: Iterable<Uint8Array> | string): void {
  const temporary = temporaryName(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeSynced(temporary, typeof pieces === "string" ? [new TextEncoder().encode(pieces)] : pieces);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    discard(temporary);
    throw explainWriteError(path, error);
  }
}
