/**
 * @file Opens the SQLite file with the settings that several writers and readers on one host need.
 *
 * WAL lets a reader never wait for a writer; it needs all processes on one host, so elsewhere another journal is used.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { userError } from "../../base/errors.js";
import { patienceMs, sqliteCode } from "./failure.js";
import { journalFor } from "./journal.js";
import { checkVersion, migrate } from "./migrate.js";
import { openPrivateCopy } from "./privateCopy.js";

export interface Connection {
  readonly client: Database.Database;
  /** Whether what is read is a copy, and the store has changed since it was made. */
  isStale(): boolean;
}

/** A database ready for use: migrated when it is writable, checked when it is not. */
export function connect(path: string, readonly: boolean): Database.Database {
  return readonly ? connectToRead(path).client : connectToWrite(path);
}

function connectToWrite(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true });
  const client = new Database(path, { timeout: patienceMs });
  return closedOnFailure(client, () => prepare(client));
}

/**
 * A database to read from; a private copy where its folder cannot be written to.
 *
 * @param check looks at the schema before anything else is asked: by default that it is this program's
 */
export function connectToRead(
  path: string,
  check: (client: Database.Database) => void = refuseUnusable(path),
): Connection {
  const absent = "Run an experiment first, or name the file of another store (flag --store).";
  if (!existsSync(path))
    throw userError(`store ${path}`, "a store that is only read must exist", "no such file", absent);
  try {
    const client = new Database(path, { readonly: true, timeout: patienceMs });
    return { client: closedOnFailure(client, () => check(client)), isStale: () => false };
  } catch (error) {
    // What SQLite says where it may not make the files that a reader of a write-ahead log needs.
    if (!["SQLITE_READONLY", "SQLITE_CANTOPEN"].includes(sqliteCode(error) ?? "")) throw error;
    return readCopy(path, check, error);
  }
}

/** A private copy, of this program's schema whatever the store's is: nobody else sees it. */
function readCopy(path: string, check: (client: Database.Database) => void, refusal: unknown): Connection {
  const { client, isStale } = openPrivateCopy(path, refusal);
  closedOnFailure(client, () => {
    if (!isEmpty(client)) migrate(client);
    check(client);
    client.pragma("query_only = ON");
  });
  return { client, isStale };
}

/** A database without a table: what a disk leaves that was full while the store was first made. */
export const isEmpty = (client: Database.Database): boolean =>
  client.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() === undefined;

const refuseUnusable = (path: string) => (client: Database.Database) => {
  if (!isEmpty(client)) return checkVersion(client, path);
  const remedy = "Run an experiment first: it goes on from there. Or name another store (flag --store).";
  throw userError(
    `store ${path}`,
    "a store that is only read must exist",
    "a file that nothing was recorded in",
    remedy,
  );
};

function closedOnFailure(client: Database.Database, work: () => void): Database.Database {
  try {
    work();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

function prepare(client: Database.Database): void {
  const journal = journalFor(client.name);
  useJournal(client, journal === "wal" ? "WAL" : "DELETE");
  // NORMAL is safe with the log, and only with it.
  client.pragma(`synchronous = ${journal === "wal" ? "NORMAL" : "FULL"}`);
  client.pragma("foreign_keys = ON");
  migrate(client);
}

/** Changing the journal mode ignores the timeout when another process does the same, so it is tried again. */
function useJournal(client: Database.Database, mode: "WAL" | "DELETE"): void {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      client.pragma(`journal_mode = ${mode}`);
      return;
    } catch (error) {
      if (sqliteCode(error) !== "SQLITE_BUSY" || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
