/**
 * @file What SQLite's failures mean to a user: a full disk, a damaged or foreign file, a folder without write permission.
 *
 * Any other failure is a defect of ours and passes through unchanged.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { addonError } from "../../base/addon.js";
import { UserError, userError } from "../../base/errors.js";

/**
 * How long a writer waits for the others. SQLite lets writers in by chance: with eight of them on two busy cores, 10 s
 * were too short for one in 40 000 transactions.
 */
export const patienceMs = 60_000;

interface Explanation {
  readonly rule: string;
  readonly got: string;
  readonly remedy: string;
}

const damaged: Explanation = {
  rule: "the file must be an undamaged SQLite database",
  got: "one that SQLite cannot read",
  remedy: "Restore a backup (the newest *.backup beside it, if any), or move the file away to begin an empty store.",
};
const explanations: Record<string, Explanation> = {
  SQLITE_CORRUPT: damaged,
  SQLITE_NOTADB: damaged,
  SQLITE_FULL: { rule: "the disk must have room", got: "a full one", remedy: "Free some space and run again." },
  SQLITE_READONLY: { rule: "the file must be writable", got: "a read-only one", remedy: "Change its permissions." },
  SQLITE_CANTOPEN: {
    rule: "the file must be one that can be opened",
    got: "none (no such folder, or no permission)",
    remedy: "Check the path and its permissions.",
  },
  SQLITE_BUSY: {
    rule: `other processes must release the file within ${patienceMs / 1000} s`,
    got: "one that kept it locked",
    remedy: "Stop that process, or wait and run again.",
  },
  SQLITE_IOERR: { rule: "the disk must be readable and writable", got: "an I/O error", remedy: "Check the disk." },
};

/** What the file system says (making the store's folder) in SQLite's words. */
const systemCodes: Record<string, string> = { ENOSPC: "SQLITE_FULL", EIO: "SQLITE_IOERR" };
for (const code of ["EEXIST", "ENOTDIR", "ENOENT", "EACCES", "EPERM", "EROFS"]) systemCodes[code] = "SQLITE_CANTOPEN";

/** The SQLite code of an error, also of one that drizzle wrapped: `SQLITE_CORRUPT`, without its extension. */
export function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // SQLite says of some damage to the header or the schema only that it is an error.
  if (code === "SQLITE_ERROR" && /unsupported file format|malformed database schema/.test(String(error))) {
    return "SQLITE_CORRUPT";
  }
  if (code.startsWith("SQLITE_")) return code.split("_", 2).join("_");
  if (code in systemCodes) return systemCodes[code];
  return error instanceof Error && error.cause !== undefined ? sqliteCode(error.cause) : undefined;
}

/** Whether the disk has no room even for the few pages that a write needs: its memory beside the log is one of them. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 1 << 16;
  } catch {
    return false;
  }
}

/** Runs `work`; a failure that a user can mend comes out as a UserError naming the store's file. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const addon = addonError(error);
    if (addon) throw addon;
    const code = sqliteCode(error) ?? "";
    const explanation = explanations[code === "SQLITE_IOERR" && isFull(path) ? "SQLITE_FULL" : code];
    if (explanation === undefined) throw error;
    const { rule, got, remedy } = explanation;
    throw userError(`store ${path}`, rule, got, remedy, error);
  }
}
