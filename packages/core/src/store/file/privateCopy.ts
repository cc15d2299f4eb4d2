/**
 * @file A store in a folder that cannot be written to, read from a copy of one's own.
 *
 * Even a reader of a write-ahead log needs to make files beside the store; where it may not (a colleague's folder, a
 * read-only mount, a snapshot), SQLite refuses. Its own way out, `immutable`, would skip the log and show old rows, and
 * better-sqlite3 12 is built without it. So the file and its log are copied, and the copy goes with its connection.
 */
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { userError } from "../../base/errors.js";
import { patienceMs } from "./failure.js";

const endings = ["", "-wal", "-journal"] as const;

/** Changes with the store and its log. */
function stampOf(path: string): string {
  return endings
    .map((ending) => {
      const found = statSync(path + ending, { throwIfNoEntry: false, bigint: true });
      return found ? `${found.size}.${found.mtimeNs}` : "none";
    })
    .join(" ");
}

function copyFiles(path: string, into: string): void {
  for (const ending of endings) {
    if (!existsSync(path + ending)) continue;
    copyFileSync(path + ending, into + ending);
    chmodSync(into + ending, 0o600);
  }
}

/** Copies file and log as they are at one moment: again where a writer came between. */
function copyOf(
  path: string,
  refusal: unknown,
): { readonly folder: string; readonly copy: string; readonly stamp: string } {
  const folder = mkdtempSync(join(tmpdir(), "sdtt-store-"));
  const copy = join(folder, "store.sqlite");
  try {
    for (let trial = 0; trial < 5; trial++) {
      const stamp = stampOf(path);
      copyFiles(path, copy);
      if (stampOf(path) === stamp) return { folder, copy, stamp };
      for (const ending of endings) rmSync(copy + ending, { force: true });
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).path === path) throw refusal;
    const got = `${(error as NodeJS.ErrnoException).code ?? error} (${folder})`;
    const rule = "a store in a folder that cannot be written to must be copied to be read";
    throw userError(
      `store ${path}`,
      rule,
      got,
      "Make room there, name another folder by TMPDIR, or copy it yourself.",
      error,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  const rule = "a store in a folder that cannot be written to must rest to be copied";
  throw userError(
    `store ${path}`,
    rule,
    "one that is written to all the time",
    "Copy it with core:store-backup there.",
  );
}

export interface PrivateCopy {
  readonly client: Database.Database;
  /** Whether the store has changed since. */
  isStale(): boolean;
}

/**
 * Opens a copy that nobody else sees, and that is gone once it is closed.
 *
 * @param refusal why the store itself could not be opened, thrown where it may not even be read
 * Throws   UserError where the copy cannot be made
 */
export function openPrivateCopy(path: string, refusal: unknown): PrivateCopy {
  const { folder, copy, stamp } = copyOf(path, refusal);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const client = new Database(copy, { timeout: patienceMs });
  const close = client.close.bind(client);
  client.close = () => {
    close();
    process.off("exit", remove);
    remove();
    return client;
  };
  return { client, isStale: () => stampOf(path) !== stamp };
}
