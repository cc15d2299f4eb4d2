/**
 * @file Copies of a store, and the one command that brings an old store to this program's schema.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { userError } from "../../base/errors.js";
import { connect } from "../file/connect.js";
import { explained } from "../file/failure.js";

/** How a store that must be there is opened: `connect` would make one. */
function existing(path: string): void {
  if (existsSync(path)) return;
  throw userError(`store ${path}`, "the store must exist", "no such file", "Name another file (flag --store).");
}

/**
 * Writes a copy of the store to `out` while others read and write it; the copy is whole or not there.
 *
 * Throws   UserError when `out` is there already
 */
export function backUpStore(path: string, out: string): void {
  existing(path);
  if (existsSync(out)) {
    throw userError(`backup ${out}`, "a backup must not replace a file", "one that is there", "Give another --out.");
  }
  const temporary = `${out}.tmp-${process.pid}`;
  explained(path, () => {
    const client = connect(path, true);
    try {
      // Counts as writing, though it is another file that is written.
      client.pragma("query_only = OFF");
      client.prepare("VACUUM INTO ?").run(temporary);
    } finally {
      client.close();
    }
    try {
      renameSync(temporary, out);
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}

/** Brings a store to the newest schema, under an exclusive lock, a copy beside it first where it holds data. */
export function migrateStore(path: string): void {
  existing(path);
  explained(path, () => connect(path, false).close());
}
