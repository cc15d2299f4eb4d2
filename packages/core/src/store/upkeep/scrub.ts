/**
 * @file Takes out of a store what should not be in one: secrets, and what earlier versions kept of files that are no code.
 *
 * Versions before the state of the code was code only put the text of every small new file of the checkout into the run's
 * events. It goes; the file's name, size and hash stay (a secret's hash goes too). The database is then written anew
 * (VACUUM), so that the bytes are gone from the file and its log.
 */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { userError } from "../../base/errors.js";
import { redacted } from "../../base/redact.js";
import { isCodeName, isSecretName } from "../../workspace/fileKinds.js";
import { explained, patienceMs } from "../file/failure.js";

export interface Scrubbed {
  /** Files whose content was found where none should be. */
  readonly files: readonly string[];
  /** Texts in which something looks like a secret. */
  readonly texts: number;
}

/** Columns that hold what users and machines wrote; figures, hashes and samples are none. */
const written: Readonly<Record<string, readonly string[]>> = {
  experiments: ["question"],
  runs: ["command", "config"],
  events: ["message", "data"],
  notes: ["text"],
  meetings: ["content"],
};

const newFile = /^(new file (.*), \d+ bytes), SHA-256 [0-9a-f]{64}$/;
const startOfPart = /^(?=(?:diff --git |(?:new|changed) file .*, \d+ bytes, SHA-256 [0-9a-f]{64}$))/m;

/** A patch as it is kept today: new code by its content, other new files by a line, secrets by their name. */
export function scrubbedPatch(patch: string, files: Set<string>): string {
  const parts = patch.split(startOfPart).map((part) => {
    const [head = "", ...rest] = part.split("\n");
    const [, named, path] = newFile.exec(head) ?? [];
    if (named === undefined || path === undefined) return scrubbedDiff(part, files);
    const content = rest.join("\n");
    const isSecret = isSecretName(path);
    if (isSecret || !isCodeName(path)) {
      if (content.trim() !== "" || isSecret) files.add(path);
      return isSecret ? `${named}, left out\n\n` : `${head}\n\n`;
    }
    const clean = redacted(content, {});
    if (clean === content) return part;
    files.add(path);
    return `${named}, with something left out\n${clean}`;
  });
  return parts.join("");
}

/** A part of `git diff`: a secret's goes whole, another loses its lines that look like secrets, and its hashes then. */
function scrubbedDiff(part: string, files: Set<string>): string {
  const path = /^diff --git a\/.* b\/(.*)$/m.exec(part)?.[1] ?? "";
  const isSecret = path !== "" && isSecretName(path);
  const clean = isSecret ? `changed file ${path}, left out\n` : redacted(part, {});
  if (clean === part) return part;
  if (path !== "") files.add(path);
  return clean.replace(/^index [0-9a-f]+\.\.[0-9a-f]+.*\n/m, "");
}

/** The same of a column's text, which is JSON where it holds a patch. */
function scrubbedText(text: string, files: Set<string>): string {
  const value = jsonOf(text) as Record<string, unknown> | undefined;
  if (typeof value?.patch !== "string") return redacted(text, {});
  const patch = scrubbedPatch(value.patch, files);
  return patch === value.patch ? redacted(text, {}) : redacted(JSON.stringify({ ...value, patch }), {});
}

function jsonOf(text: string): unknown {
  try {
    return text.startsWith("{") ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

interface Change {
  readonly table: string;
  readonly column: string;
  readonly rowid: number;
  readonly text: string;
}

function* changesIn(client: Database.Database, files: Set<string>): Generator<Change> {
  for (const [table, columns] of Object.entries(written)) {
    const known = (client.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    for (const column of columns.filter((name) => known.includes(name))) {
      const rows = client.prepare(`SELECT rowid, "${column}" AS text FROM "${table}" WHERE "${column}" IS NOT NULL`);
      for (const { rowid, text } of rows.all() as { rowid: number; text: string }[]) {
        const clean = scrubbedText(text, files);
        if (clean !== text) yield { table, column, rowid, text: clean };
      }
    }
  }
}

function apply(client: Database.Database, changes: readonly Change[]): void {
  client.pragma("secure_delete = ON");
  client
    .transaction(() => {
      for (const { table, column, rowid, text } of changes)
        client.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`).run(text, rowid);
    })
    .immediate();
  client.exec("VACUUM");
  client.pragma("wal_checkpoint(TRUNCATE)");
}

function keepCopy(client: Database.Database, backup: string): void {
  if (existsSync(backup)) {
    const remedy = "Move it away: it holds what an earlier scrub took out.";
    throw userError(`store ${client.name}`, "the copy must not replace a file", backup, remedy);
  }
  client.prepare("VACUUM INTO ?").run(backup);
}

/**
 * Looks for what should not be in a store, of whatever version, and takes it out unless `backup` is undefined.
 *
 * @param backup file of a copy as it was, made before anything changes; null for none
 * Throws   UserError when the file is absent, damaged or no database, or the copy is there already
 */
export function scrubStore(path: string, backup: string | null | undefined): Scrubbed {
  if (!existsSync(path)) throw userError(`store ${path}`, "the store must exist", "no such file", "Name another file.");
  return explained(path, () => {
    const client = new Database(path, { timeout: patienceMs, readonly: backup === undefined });
    try {
      const files = new Set<string>();
      const changes = [...changesIn(client, files)];
      if (backup !== undefined && changes.length > 0) {
        if (backup !== null) keepCopy(client, backup);
        apply(client, changes);
      }
      return { files: [...files].sort(), texts: changes.length };
    } finally {
      client.close();
    }
  });
}
