/**
 * @file Opens the SQLite file with the settings that several writers and readers on one host need.
 *
 * WAL lets a reader never wait for a writer; it needs all processes on one host, so elsewhere another journal is used.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { userError } from "../base/errors.js";
import { patienceMs, sqliteCode } from "./failure.js";
import { journalFor } from "./journal.js";
import { checkVersion, migrate } from "./migrate.js";

/** A database ready for use: migrated when it is writable, checked when it is not. */
export function connect(path: string, readonly: boolean): Database.Database {
  if (readonly && !existsSync(path)) {
    const remedy = "Run an experiment first, or name the file of another store (flag --store).";
    throw userError(`store ${path}`, "a store that is only read must exist", "no such file", remedy);
  }
  if (!readonly) mkdirSync(dirname(path), { recursive: true });
  const client = new Database(path, { readonly, timeout: patienceMs });
  try {
    if (readonly) checkVersion(client);
    else prepare(client);
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
