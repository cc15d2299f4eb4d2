/**
 * @file What `doctor` asks of a store: its version, and whether SQLite finds its pages whole.
 */
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { connectToRead, isEmpty } from "../file/connect.js";
import { explained } from "../file/failure.js";
import { checkVersion, loadMigrations } from "../file/migrate.js";

export interface StoreCheck {
  /** Date of the newest migration, in ms: a store that can be read has the program's own, one without a table 0. */
  readonly version: number;
  /** What SQLite found; nothing for a store that is whole. */
  readonly problems: readonly string[];
}

/**
 * Whether something was recorded at `path`: a file without a table, as a disk leaves it that was full while the store was
 * first made, counts as none.
 */
export function isRecorded(path: string): boolean {
  if (!existsSync(path)) return false;
  return explained(path, () => {
    let isBlank = false;
    const look = (client: Database.Database) => {
      isBlank = isEmpty(client);
    };
    connectToRead(path, look).client.close();
    return !isBlank;
  });
}

/**
 * Looks a store over.
 *
 * @param how "quick": pages and rows; "integrity": also that indices match their tables and that no parent row is missing
 * Throws   UserError when the file is absent, of another version, or no database at all
 */
export function checkStore(path: string, how: "quick" | "integrity" = "quick"): StoreCheck {
  return explained(path, () => {
    const { client } = connectToRead(path, (opened) => isEmpty(opened) || checkVersion(opened, path));
    try {
      const isBlank = isEmpty(client);
      const rows = client.pragma(`${how}_check`) as Record<string, string>[];
      const problems = rows.flatMap((row) => Object.values(row)).filter((text) => text !== "ok");
      const orphans = how === "quick" ? [] : (client.pragma("foreign_key_check") as { table: string }[]);
      if (orphans.length > 0) problems.push(`${orphans.length} rows without their parent (${orphans[0]?.table})`);
      return { version: isBlank ? 0 : (loadMigrations().at(-1)?.folderMillis ?? 0), problems };
    } finally {
      client.close();
    }
  });
}
