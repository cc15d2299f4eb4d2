import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { evaluationKey, identity } from "../encode.js";
import { openStore } from "../index.js";
import { migrationsFolder } from "../migrationsFolder.js";
import { anEvaluation, aRun } from "../rows.fixture.js";
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

/** A store as it was before its columns said what they are: a curve's figure, a report's, times of a batch, levels of text. */
function beforeIdentity(): void {
  const all = loadMigrations();
  const client = new Database(path);
  migrate(
    client,
    all.slice(
      0,
      all.findIndex(({ sql }) => sql.some((statement) => statement.includes("subject_hash"))),
    ),
  );
  const run =
    client.prepare(`INSERT INTO runs (id, name, experiment, stage, round, seed, config, config_hash, "commit", dirty,
    engine, machine, command, status, attempt, started_at, heartbeat_at)
    VALUES (?, 'r', 'e', ?, 1, 1, ?, 'c', '', 0, '', '', ?, 'done', 1, '2026-01-01', '')`);
  const figure =
    client.prepare(`INSERT INTO evaluations (key, run_id, round, checkpoint_hash, weights, metric, definition,
    judge_hash, steps, seed, temperature, sampler, top_p, dtype, n, value, nan_columns, created_at)
    VALUES (?, ?, 1, ?, 'ema', ?, ?, ?, ?, 1, 1, ?, ?, '', ?, ?, ?, '2026-01-02')`);
  client.exec("INSERT INTO experiments VALUES ('e', '', '2026-01-01')");
  run.run("r/1", "round", "{}", "distill round --name=r");
  for (const command of ["curve", "frontier", "latency", "reference", "report", "story", "lambada"]) {
    const config = command === "latency" ? '{"repeats":5}' : "{}";
    run.run(`r/${command}`, command === "lambada" ? "lambada" : "curve", config, `eval ${command} --seed=1`);
  }
  run.run("r/puzzle-1", "curve", "{}", "puzzle");
  const old = (...parts: unknown[]) => identity(...parts);
  const curve = old("model", "gen-ppl", "gen-ppl@1", 4, 1, 1, 64, "judge", "top-k", 0.9);
  figure.run(curve, "r/curve", "model", "gen-ppl", "gen-ppl@1", "judge", 4, "top-k", 0.9, 64, null, "value");
  const text = old("text", "mauve", "mauve@1", null, 1, 1, 32, null);
  figure.run(text, "r/report", "text", "mauve", "mauve@1", null, null, null, null, 32, 0.5, "");
  for (const batch of [1, 8]) {
    const time = old("model", "ms-per-sample", "ms-per-sample@1", 4, 1, 1, batch, null);
    figure.run(
      time,
      "r/latency",
      "model",
      "ms-per-sample",
      "ms-per-sample@1",
      null,
      4,
      null,
      null,
      batch,
      3 * batch,
      "",
    );
  }
  client.prepare(`INSERT INTO samples (evaluation_key, "index", seed, text) VALUES (?, 0, 1, 'a')`).run(curve);
  client.prepare("INSERT INTO item_scores VALUES (?, 'these', x'000000000000f03f', NULL)").run(text);
  client.close();
}

it("brings a store of before its columns were renamed over with every row under its key, after a backup", () => {
  beforeIdentity();
  const store = openStore(path);
  expect(Object.fromEntries(store.runs().map(({ id, stage }) => [id, stage]))).toEqual({
    ...{ "r/1": "round", "r/curve": "curve", "r/frontier": "frontier", "r/latency": "latency", "r/lambada": "lambada" },
    ...{ "r/reference": "reference", "r/report": "report", "r/story": "story", "r/puzzle-1": "puzzle" },
  });
  const rows = store.evaluations({ sampler: "any" });
  for (const { key, ...row } of rows) expect(evaluationKey(row)).toBe(key);
  expect(
    rows
      .map(({ metric, subjectHash, referenceHash, n, batch, value }) => {
        return [metric, subjectHash, referenceHash, n, batch, value];
      })
      .sort(),
  ).toEqual([
    ["gen-ppl", "model", "judge", 64, null, Number.NaN],
    ["mauve", "text", null, 32, null, 0.5],
    ["ms-per-sample", "model", null, 5, 1, 3],
    ["ms-per-sample", "model", null, 5, 8, 24],
  ]);
  expect(rows.map(({ key }) => store.samples(key).length + (store.itemScores(key)?.sums[0] ?? 0)).sort()).toEqual([
    0, 0, 1, 1,
  ]);
  store.close();
  const [backup] = readdirSync(folder).filter((name) => name.endsWith(".backup"));
  const before = new Database(join(folder, backup as string), { readonly: true });
  expect(before.prepare("SELECT count(*) AS n FROM evaluations WHERE judge_hash = 'judge'").get()).toEqual({ n: 1 });
  before.close();
});
