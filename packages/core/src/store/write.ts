/**
 * @file Everything that changes a store. Each call is one transaction that takes the write lock at its beginning
 * (BEGIN IMMEDIATE: a transaction that reads first and then writes fails half of the time with four writers), and each
 * is idempotent: the same call again leaves the same rows.
 */
import { createHash } from "node:crypto";
import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { bytesOfNumbers, evaluationKey, identity, keepNaN, noteOf, ownSampler } from "./encode.js";
import type * as Row from "./rows.js";
import * as t from "./schema.js";

export interface StoreWriter {
  saveExperiment(row: Row.ExperimentRow): void;
  /** Again with the same id: the run is running once more, on its next attempt. */
  startRun(row: Row.RunRow): void;
  /** @param at when it ended, ISO 8601; left out: now */
  finishRun(id: string, status: Exclude<Row.RunStatus, "running">, at?: string): void;
  heartbeat(id: string): void;
  saveRound(row: Row.RoundRow): void;
  /** A point of an update that is there already replaces it. */
  addTrainPoints(runId: string, points: readonly Row.TrainPoint[]): void;
  addCheckpoint(row: Row.CheckpointRow): void;
  /** Returns the evaluation's key. The same evaluation again replaces the figures and, if given, samples and items. */
  saveEvaluation(row: Row.EvaluationRow, samples?: readonly Row.SampleRow[], items?: Row.ItemScores): string;
  /** What was declared of a definition before is replaced. */
  saveDefinitions(rows: readonly Row.DefinitionRow[]): void;
  addEvent(row: Row.EventRow): void;
  addNote(row: Row.NoteRow): void;
  /** Keeps what a meeting saw and returns its hash, the SHA-256 of the content; it is never changed. */
  addMeeting(row: Row.MeetingRow, content: string): string;
  /** Sets a tag or takes it away; of two calls for one run and tag the later `at` holds. */
  saveTag(row: Row.TagRow): void;
}

type Db = BetterSQLite3Database;
/** One statement for many rows is several times faster than one each; SQLite takes 32 766 values in one. */
const rowsAStatement = 500;
const now = () => new Date().toISOString();

/** `SET column = excluded.column` for all columns but those kept. */
function replaced(table: SQLiteTable, kept: readonly string[]): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table)).filter(([name]) => !kept.includes(name));
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}

function saveExperiment(db: Db, { name, question }: Row.ExperimentRow): void {
  const insert = db.insert(t.experiments).values({ name, question: question ?? "", createdAt: now() });
  if (question === undefined) insert.onConflictDoNothing().run();
  else insert.onConflictDoUpdate({ target: t.experiments.name, set: { question } }).run();
}

function startRun(db: Db, row: Row.RunRow): void {
  const experiment = row.experiment ?? row.name;
  saveExperiment(db, { name: experiment });
  const startedAt = row.startedAt ?? now();
  const values = { ...row, experiment, startedAt, status: "running" as const, attempt: 1, heartbeatAt: now() };
  const set = { ...replaced(t.runs, ["id", "startedAt"]), attempt: sql`${t.runs.attempt} + 1` };
  db.insert(t.runs).values(values).onConflictDoUpdate({ target: t.runs.id, set }).run();
}

function saveRound(db: Db, row: Row.RoundRow): void {
  const set = replaced(t.rounds, ["runId", "round", "startedAt"]);
  const target = [t.rounds.runId, t.rounds.round];
  db.insert(t.rounds)
    .values({ ...row, startedAt: row.startedAt ?? now() })
    .onConflictDoUpdate({ target, set })
    .run();
}

function addTrainPoints(db: Db, runId: string, points: readonly Row.TrainPoint[]): void {
  const set = replaced(t.trainPoints, ["runId", "update"]);
  const target = [t.trainPoints.runId, t.trainPoints.update];
  for (let first = 0; first < points.length; first += rowsAStatement) {
    const rows = points.slice(first, first + rowsAStatement).map((point) => keepNaN({ ...point, runId }));
    db.insert(t.trainPoints).values(rows).onConflictDoUpdate({ target, set }).run();
  }
}

function addCheckpoint(db: Db, row: Row.CheckpointRow): void {
  const set = replaced(t.checkpoints, ["hash", "runId", "createdAt"]);
  const target = [t.checkpoints.hash, t.checkpoints.runId];
  db.insert(t.checkpoints)
    .values({ ...row, createdAt: row.createdAt ?? now() })
    .onConflictDoUpdate({ target, set })
    .run();
}

function saveEvaluation(
  db: Db,
  row: Row.EvaluationRow,
  samples?: readonly Row.SampleRow[],
  items?: Row.ItemScores,
): string {
  const key = evaluationKey(row);
  const values = keepNaN({ ...row, ...ownSampler(row), key, createdAt: row.createdAt ?? now() });
  const set = replaced(t.evaluations, ["key", "createdAt"]);
  db.insert(t.evaluations).values(values).onConflictDoUpdate({ target: t.evaluations.key, set }).run();
  if (samples !== undefined) saveSamples(db, key, samples);
  if (items !== undefined) saveItems(db, key, items);
  return key;
}

function saveSamples(db: Db, evaluationKey: string, samples: readonly Row.SampleRow[]): void {
  db.delete(t.samples).where(eq(t.samples.evaluationKey, evaluationKey)).run();
  for (const sample of samples)
    db.insert(t.samples)
      .values(keepNaN({ ...sample, evaluationKey }))
      .run();
}

function saveItems(db: Db, evaluationKey: string, { items, sums, counts }: Row.ItemScores): void {
  const values = { evaluationKey, items, sums: bytesOfNumbers(sums), counts: counts ? bytesOfNumbers(counts) : null };
  const set = replaced(t.itemScores, ["evaluationKey"]);
  db.insert(t.itemScores).values(values).onConflictDoUpdate({ target: t.itemScores.evaluationKey, set }).run();
}

function saveDefinitions(db: Db, rows: readonly Row.DefinitionRow[]): void {
  const set = replaced(t.definitions, ["definition"]);
  for (const row of rows)
    db.insert(t.definitions).values(row).onConflictDoUpdate({ target: t.definitions.definition, set }).run();
}

function addEvent(db: Db, row: Row.EventRow): void {
  const at = row.at ?? now();
  const id = identity(row.runId, at, row.kind, row.message);
  db.insert(t.events)
    .values({ ...row, at, id })
    .onConflictDoNothing()
    .run();
}

function addNote(db: Db, { edits, ...row }: Row.NoteRow): void {
  const at = row.at ?? now();
  saveExperiment(db, { name: row.experiment });
  const own = identity(row.experiment, at, row.author, row.text, ...[row.week, row.verdict].filter(Boolean));
  const id = edits === undefined ? own : `${noteOf(edits)}.${own}`;
  db.insert(t.notes)
    .values({ ...row, at, id })
    .onConflictDoNothing()
    .run();
}

function addMeeting(db: Db, row: Row.MeetingRow, content: string): string {
  const hash = createHash("sha256").update(content).digest("hex");
  saveExperiment(db, { name: row.experiment });
  db.insert(t.meetings)
    .values({ ...row, hash, content })
    .onConflictDoNothing()
    .run();
  return hash;
}

function saveTag(db: Db, row: Row.TagRow): void {
  const set = replaced(t.runTags, ["runId", "tag"]);
  const target = [t.runTags.runId, t.runTags.tag];
  db.insert(t.runTags)
    .values({ ...row, at: row.at ?? now() })
    .onConflictDoUpdate({ target, set, setWhere: sql`excluded.at >= ${t.runTags.at}` })
    .run();
}

function finishRun(db: Db, id: string, status: Row.RunStatus, at = now()): void {
  db.update(t.runs).set({ status, finishedAt: at, heartbeatAt: at }).where(eq(t.runs.id, id)).run();
}

function heartbeat(db: Db, id: string): void {
  const running = and(eq(t.runs.id, id), eq(t.runs.status, "running"));
  db.update(t.runs).set({ heartbeatAt: now() }).where(running).run();
}

/** The writing half of a store; `guard` explains the failures that a user can mend. */
export function storeWriter(db: Db, guard: <T>(work: () => T) => T): StoreWriter {
  const write = <T>(work: (tx: Db) => T): T =>
    guard(() => db.transaction((tx) => work(tx as unknown as Db), { behavior: "immediate" }));
  return {
    saveExperiment: (row) => write((tx) => saveExperiment(tx, row)),
    startRun: (row) => write((tx) => startRun(tx, row)),
    finishRun: (id, status, at) => write((tx) => finishRun(tx, id, status, at)),
    heartbeat: (id) => write((tx) => heartbeat(tx, id)),
    saveRound: (row) => write((tx) => saveRound(tx, row)),
    addTrainPoints: (runId, points) => write((tx) => addTrainPoints(tx, runId, points)),
    addCheckpoint: (row) => write((tx) => addCheckpoint(tx, row)),
    saveEvaluation: (row, samples, items) => write((tx) => saveEvaluation(tx, row, samples, items)),
    saveDefinitions: (rows) => write((tx) => saveDefinitions(tx, rows)),
    addEvent: (row) => write((tx) => addEvent(tx, row)),
    addMeeting: (row, content) => write((tx) => addMeeting(tx, row, content)),
    addNote: (row) => write((tx) => addNote(tx, row)),
    saveTag: (row) => write((tx) => saveTag(tx, row)),
  };
}
