/**
 * @file What `doctor` asks of a store: its version, and whether SQLite finds its pages whole.
 */
import { connect } from "./connect.js";
import { explained } from "./failure.js";
import { loadMigrations } from "./migrate.js";

export interface StoreCheck {
  /** Date of the newest migration, in ms: a store that can be read has the program's own. */
  readonly version: number;
  /** What SQLite's `quick_check` found; nothing for a store that is whole. */
  readonly problems: readonly string[];
}

/** Throws   UserError when the file is absent, of another version, or no database at all */
export function checkStore(path: string): StoreCheck {
  return explained(path, () => {
    const client = connect(path, true);
    try {
      const rows = client.pragma("quick_check") as { quick_check: string }[];
      const problems = rows.map((row) => row.quick_check).filter((text) => text !== "ok");
      return { version: loadMigrations().at(-1)?.folderMillis ?? 0, problems };
    } finally {
      client.close();
    }
  });
}
