/**
 * @file Whether the file that a connection writes to is still the one that has the store's name.
 *
 * SQLite goes on writing to a file that was deleted or replaced, and every row would be lost without a word.
 */
import { statSync } from "node:fs";
import { userError } from "../../base/errors.js";

/** Gives a check that throws a UserError once the file at `path` is gone or another one. */
export function presenceOf(path: string): () => void {
  const inode = inodeOf(path);
  return () => {
    const now = inodeOf(path);
    if (now === inode) return;
    const got = now === undefined ? "none (it was deleted or moved)" : "another one of its name";
    const remedy = "Put it back, or run again: what is missing is then recorded in a new one.";
    throw userError(`store ${path}`, "the file must stay while it is written to", got, remedy);
  };
}

function inodeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}
