import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { anEvaluation, aRun } from "../fixture.js";
import { openStore } from "../index.js";
import { migrationsFolder } from "../migrationsFolder.js";
import { connect } from "./connect.js";
import { loadMigrations, migrate } from "./migrate.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sdtt-migrate-"));
  path = join(folder, "sdtt.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The migrations of a program one version ahead, whose newest one runs `sql`. */
function laterMigrations(sql: string) {
  const later = join(folder, "migrations");
  cpSync(migrationsFolder, later, { recursive: true });
  const journalFile = join(later, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8"));
  const when = journal.entries.at(-1).when + 1;
  journal.entries.push({ ...journal.entries.at(-1), idx: journal.entries.length, tag: "9999_later", when });
  writeFileSync(journalFile, JSON.stringify(journal));
  appendFileSync(join(later, "9999_later.sql"), sql);
  return loadMigrations(later);
}

function seeded(): void {
  const store = openStore(path);
  store.startRun(aRun());
  store.saveEvaluation(anEvaluation());
  store.close();
}

const rebuildRuns = `
  CREATE TABLE __new_runs AS SELECT * FROM runs;
  DROP TABLE runs;
  CREATE TABLE runs (id text PRIMARY KEY NOT NULL, name text, experiment text, stage text) STRICT;
  INSERT INTO runs SELECT id, name, experiment, stage FROM __new_runs;
  DROP TABLE __new_runs;`;

it("keeps every child row when a migration rebuilds their parent, and leaves a backup", () => {
  seeded();
  const client = connect(path, false);
  expect(migrate(client, laterMigrations(rebuildRuns))).toBe(1);
  expect(client.prepare("SELECT count(*) AS n FROM evaluations").get()).toEqual({ n: 1 });
  expect(client.pragma("foreign_keys", { simple: true })).toBe(1);
  client.close();
  const [backup] = readdirSync(folder).filter((name) => name.endsWith(".backup"));
  const before = openStore(join(folder, backup as string), { readonly: true });
  expect(before.evaluations()).toHaveLength(1);
  before.close();
});

it("changes nothing when a migration fails half-way or orphans rows", () => {
  seeded();
  const client = connect(path, false);
  expect(() => migrate(client, laterMigrations("DROP TABLE samples; SELECT nonsense;"))).toThrow(/nonsense/);
  rmSync(join(folder, "migrations"), { recursive: true });
  expect(() => migrate(client, laterMigrations("DELETE FROM runs;"))).toThrow(/without their parent/);
  client.close();
  const store = openStore(path);
  expect(store.runs()).toHaveLength(1);
  expect(store.samples("none")).toEqual([]);
  store.close();
});

it("refuses a database of a newer version, for reading and for writing", () => {
  seeded();
  const client = connect(path, false);
  migrate(client, laterMigrations("CREATE TABLE later (a integer) STRICT;"));
  client.close();
  for (const readonly of [true, false]) {
    expect(() => openStore(path, { readonly })).toThrow(
      /^store .*: the database must be of version \d+ or older, got version \d+\. It was written by a newer version of this program: update the program, or name another file\.$/,
    );
  }
});

it("says how to bring an older or foreign database up to date when it is only to be read", () => {
  new Database(path).exec("CREATE TABLE other (a)").close();
  expect(() => openStore(path, { readonly: true })).toThrow(/must have the current schema, got one without a store's/);
});

it("brings a store of before item scores and definitions over with every row, after a backup", () => {
  const all = loadMigrations();
  const old = all.slice(
    0,
    all.findIndex(({ sql }) => sql.some((statement) => statement.includes("item_scores"))),
  );
  const client = new Database(path);
  migrate(client, old);
  client.exec(`
    INSERT INTO experiments VALUES ('e', '', '2026-01-01');
    INSERT INTO runs (id, name, experiment, stage, round, seed, config, config_hash, "commit", dirty, engine, machine, command,
      status, attempt, started_at, heartbeat_at)
      VALUES ('r', 'r', 'e', 'curve', 0, 1, '{}', 'c', '', 0, '', '', '', 'done', 1, '', '');
    INSERT INTO evaluations (key, run_id, round, checkpoint_hash, weights, metric, definition, seed, temperature, dtype, n,
      value, created_at) VALUES ('k', 'r', 0, 'h', 'raw', 'last-word-ppl-bound', 'last-word-ppl-bound@2', 1, 1, '', 9, 7, '');`);
  client.close();
  const store = openStore(path);
  expect(store.evaluation("k")).toMatchObject({ value: 7, definition: "last-word-ppl-bound@2" });
  expect([store.itemScores("k"), store.definitions()]).toEqual([undefined, []]);
  store.close();
  expect(readdirSync(folder).filter((name) => name.endsWith(".backup"))).toHaveLength(1);
});
