/**
 * @file The cache: the same folders as the hub's own tools keep, so that either finds what the other fetched.
 *
 *   models--owner--name/refs/REVISION          the commit that a branch was at
 *   models--owner--name/blobs/HASH             a file, under its SHA-256 (large) or git's object name (small)
 *   models--owner--name/snapshots/COMMIT/FILE  a link to it
 *
 * A blob's name is what its bytes must hash to: that is checked whenever it is used.
 */
import { createHash, type Hash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { writeFileAtomic } from "../../files/atomic.js";
import { fileHash } from "../../files/fileHash.js";
import type { HubSource } from "./source.js";

export interface RepositoryCache {
  readonly folder: string;
  blob(hash: string): string;
  snapshot(commit: string): string;
  /** The commit that the revision was at when it was last asked for, or the snapshot of that very name. */
  knownCommit(revision: string): string | undefined;
  /** Names of the snapshots that are there. */
  snapshots(): string[];
  rememberCommit(revision: string, commit: string): void;
  /** Makes a blob appear as a file of a commit. */
  link(commit: string, file: string, hash: string): void;
}

const isCommit = (text: string) => /^[0-9a-f]{40}$/.test(text);

export function repositoryCache(cache: string, { repository }: HubSource): RepositoryCache {
  const folder = join(cache, `models--${repository.replace("/", "--")}`);
  const blob = (hash: string) => join(folder, "blobs", hash);
  const snapshot = (commit: string) => join(folder, "snapshots", commit);
  return {
    folder,
    blob,
    snapshot,
    knownCommit(revision) {
      if (isCommit(revision)) return revision;
      const path = join(folder, "refs", revision);
      const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
      if (isCommit(text)) return text;
      return existsSync(snapshot(revision)) ? revision : undefined;
    },
    snapshots() {
      const place = join(folder, "snapshots");
      return existsSync(place) ? readdirSync(place).sort() : [];
    },
    rememberCommit(revision, commit) {
      if (!isCommit(revision)) writeFileAtomic(join(folder, "refs", revision), commit);
    },
    link(commit, file, hash) {
      const path = join(snapshot(commit), file);
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      try {
        symlinkSync(relative(dirname(path), blob(hash)), path);
      } catch {
        // Windows without the right to make links.
        copyFileSync(blob(hash), path);
      }
    },
  };
}

/** The hash that a blob of this name must have: SHA-256 is 64 digits, git's object name 40 and counts the size. */
function hashFor(name: string, size: number): Hash | undefined {
  if (/^[0-9a-f]{64}$/.test(name)) return createHash("sha256");
  return isCommit(name) ? createHash("sha1").update(`blob ${size}\0`) : undefined;
}

/** What the bytes of `path` hash to, in the kind of `name`; undefined where the name is no hash. */
export function contentHash(path: string, name: string): string | undefined {
  const hash = hashFor(name, statSync(path).size);
  return hash && fileHash(path, hash);
}

/** Whether a file of a snapshot is there and its bytes are those of its blob's name. */
export function isSound(path: string): boolean {
  if (!existsSync(path)) return false;
  const name = basename(realpathSync(path));
  const found = contentHash(path, name);
  return found === undefined || found === name;
}
