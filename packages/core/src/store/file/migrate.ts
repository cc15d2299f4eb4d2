/**
 * @file Brings a database to the schema of this program, safely when several processes try at once.
 *
 * drizzle's own `migrate()` (0.45.4) reads its watermark outside of the transaction and loses that race in 1 of 18
 * trials; so its files are read with drizzle and applied here, under an exclusive lock taken before the watermark is
 * read. Foreign keys are off meanwhile, because rebuilding a parent table would delete its children's rows, and a
 * database that holds data is copied first.
 */
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { userError } from "../../base/errors.js";
import { migrationsFolder } from "../migrationsFolder.js";

const watermarkTable = "__drizzle_migrations";

export function loadMigrations(folder = migrationsFolder): MigrationMeta[] {
  return readMigrationFiles({ migrationsFolder: folder });
}

/** The date of the newest migration in the database, 0 for an empty one. */
function watermark(client: Database.Database): number {
  const known = client.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(watermarkTable);
  if (known === undefined) return 0;
  const row = client.prepare(`SELECT max(created_at) AS newest FROM ${watermarkTable}`).get() as { newest: number };
  return row.newest ?? 0;
}

function pending(client: Database.Database, migrations: readonly MigrationMeta[]): MigrationMeta[] {
  const applied = watermark(client);
  const newest = migrations.at(-1)?.folderMillis ?? 0;
  if (applied > newest) {
    throw userError(
      `store ${client.name}`,
      `the database must be of version ${newest} or older`,
      `version ${applied}`,
      "It was written by a newer version of this program: update the program, or name another file.",
    );
  }
  return migrations.filter((migration) => migration.folderMillis > applied);
}

/** Refuses a database that a read-only connection cannot use: empty, foreign, older or newer. `path` is its name. */
export function checkVersion(client: Database.Database, path = client.name, migrations = loadMigrations()): void {
  if (pending(client, migrations).length === 0) return;
  const state = watermark(client) === 0 ? "one without a store's tables" : "an older one";
  const remedy = `Run npx nx run core:store-migrate --store=${path}, which backs it up first.`;
  throw userError(`store ${path}`, "the database must have the current schema", state, remedy);
}

function backUp(client: Database.Database): void {
  const target = `${client.name}.${watermark(client)}-${process.pid}.backup`;
  if (!existsSync(target)) client.prepare("VACUUM INTO ?").run(target);
}

/** Applies what is missing, all of it or nothing; returns how many migrations that were. */
export function migrate(client: Database.Database, migrations = loadMigrations()): number {
  if (pending(client, migrations).length === 0) return 0;
  if (watermark(client) > 0) backUp(client);
  client.pragma("foreign_keys = OFF");
  try {
    return client.transaction(() => apply(client, migrations)).exclusive();
  } finally {
    client.pragma("foreign_keys = ON");
  }
}

function apply(client: Database.Database, migrations: readonly MigrationMeta[]): number {
  client.exec(
    `CREATE TABLE IF NOT EXISTS ${watermarkTable} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  );
  const missing = pending(client, migrations);
  const record = client.prepare(`INSERT INTO ${watermarkTable} (hash, created_at) VALUES (?, ?)`);
  for (const migration of missing) {
    for (const statement of migration.sql) client.exec(statement);
    record.run(migration.hash, migration.folderMillis);
  }
  const broken = client.pragma("foreign_key_check") as unknown[];
  if (broken.length > 0) throw new Error(`migration leaves ${broken.length} rows without their parent`);
  return missing.length;
}
