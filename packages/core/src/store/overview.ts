/**
 * @file Questions about a whole store, answered by SQLite's own sums: what is new, how far runs are, a training curve
 * of a million points as a few hundred.
 *
 * The cursor tells whether anything changed, and whether there are new runs or evaluations; its numbers are of one file
 * only. A row that is replaced keeps its row number, so that only `dataVersion` tells of a figure that was made again.
 */
import { gte, sql } from "drizzle-orm";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type * as Row from "./rows.js";
import * as t from "./schema.js";

/** What a reader has seen of a store. */
export interface StoreCursor {
  /** Rises with each change that another connection makes; of one connection only. */
  readonly dataVersion: number;
  /** Highest row numbers: they rise with each new run and each new evaluation, and not while a run only trains. */
  readonly runs: number;
  readonly evaluations: number;
}

/** Several updates of a training curve as one: means of what is finite, with the loss's extremes. */
export interface TrainBucket {
  readonly firstUpdate: number;
  readonly update: number;
  readonly loss: number | null;
  readonly minLoss: number | null;
  readonly maxLoss: number | null;
  readonly validationLoss: number | null;
  readonly learningRate: number | null;
  readonly gradNorm: number | null;
  readonly tokens: number;
  readonly wallMs: number | null;
  readonly updates: number;
  /** Updates whose loss was NaN or infinite. */
  readonly broken: number;
}

export interface RunProgress {
  readonly runId: string;
  readonly update: number;
  readonly loss: number | null;
  readonly tokens: number;
  /** Of the last update. */
  readonly wallMs: number | null;
  /** Updates that were planned; null where the run said nothing. */
  readonly planned: number | null;
}

export interface OverviewReader {
  cursor(): StoreCursor;
  /** Runs that have given a sign of life, or changed, at or after `time` (ISO 8601). */
  runsSince(time: string): Row.RunRecord[];
  /** How many evaluations were made at or after `time`, by experiment. */
  newEvaluations(time: string): Record<string, number>;
  /** At most `buckets` of a run's points, in order. */
  trainCurve(runId: string, buckets: number): TrainBucket[];
  /** Of every run with train points. */
  progress(): RunProgress[];
  /** How many samples each of a run's evaluations kept, by key. */
  keptSamples(runId: string): Record<string, number>;
}

type Db = BetterSQLite3Database;

const newestRows = sql`SELECT
  (SELECT coalesce(max(rowid), 0) FROM runs) AS runs,
  (SELECT coalesce(max(rowid), 0) FROM evaluations) AS evaluations`;

function cursor(db: Db): StoreCursor {
  const { data_version: dataVersion } = db.get<{ data_version: number }>(sql`PRAGMA data_version`);
  return { dataVersion, ...db.get<Omit<StoreCursor, "dataVersion">>(newestRows) };
}

/** Mean of the finite values of a column. */
const meanOf = (column: string) =>
  sql.raw(`avg(CASE WHEN abs("${column}") <= 1.7976931348623157e308 THEN "${column}" END)`);
const finiteLoss = sql.raw(`CASE WHEN abs(loss) <= 1.7976931348623157e308 THEN loss END`);

function trainCurve(db: Db, runId: string, buckets: number): TrainBucket[] {
  const { newest } = db.get<{ newest: number | null }>(
    sql`SELECT max("update") AS newest FROM train_points WHERE run_id = ${runId}`,
  );
  if (newest === null) return [];
  return db.all<TrainBucket>(sql`
    SELECT min("update") AS firstUpdate, max("update") AS "update", ${meanOf("loss")} AS loss,
      min(${finiteLoss}) AS minLoss, max(${finiteLoss}) AS maxLoss,
      ${meanOf("validation_loss")} AS validationLoss, ${meanOf("learning_rate")} AS learningRate,
      ${meanOf("grad_norm")} AS gradNorm, max(tokens) AS tokens, ${meanOf("wall_ms")} AS wallMs,
      count(*) AS updates,
      sum(abs(loss) > 1.7976931348623157e308 OR instr(',' || nan_columns || ',', ',loss,') > 0) AS broken
    FROM train_points WHERE run_id = ${runId}
    GROUP BY CAST("update" * ${buckets} / ${newest + 1} AS INTEGER) ORDER BY 1`);
}

/** CROSS JOIN keeps the order: each run's last update first, from the index, and then that one row. */
const lastPoints = sql`
  SELECT r.id AS runId, p."update" AS "update", p.loss AS loss, p.tokens AS tokens, p.wall_ms AS wallMs,
    coalesce((SELECT updates FROM rounds WHERE run_id = r.id ORDER BY round DESC LIMIT 1),
      CASE WHEN json_type(r.config, '$.updates') IN ('integer', 'real') THEN json_extract(r.config, '$.updates') END)
      AS planned
  FROM (SELECT id, config, (SELECT max("update") FROM train_points WHERE run_id = runs.id) AS newest FROM runs) r
  CROSS JOIN train_points p ON p.run_id = r.id AND p."update" = r.newest`;

function newEvaluations(db: Db, time: string): Record<string, number> {
  const rows = db.all<{ experiment: string; made: number }>(sql`
    SELECT r.experiment, count(*) AS made FROM evaluations e JOIN runs r ON r.id = e.run_id
    WHERE e.created_at >= ${time} GROUP BY r.experiment`);
  return Object.fromEntries(rows.map(({ experiment, made }) => [experiment, made]));
}

function keptSamples(db: Db, runId: string): Record<string, number> {
  const rows = db.all<{ key: string; kept: number }>(sql`
    SELECT e."key" AS "key", count(*) AS kept FROM evaluations e JOIN samples s ON s.evaluation_key = e."key"
    WHERE e.run_id = ${runId} GROUP BY e."key"`);
  return Object.fromEntries(rows.map(({ key, kept }) => [key, kept]));
}

/** What a store answers about all of itself; `guard` explains the failures that a user can mend. */
export function overviewReader(db: Db, guard: <T>(work: () => T) => T): OverviewReader {
  const { startedAt, heartbeatAt } = t.runs;
  return {
    cursor: () => guard(() => cursor(db)),
    runsSince: (time) =>
      guard(() => db.select().from(t.runs).where(gte(heartbeatAt, time)).orderBy(startedAt, t.runs.id).all()),
    newEvaluations: (time) => guard(() => newEvaluations(db, time)),
    trainCurve: (runId, buckets) => guard(() => trainCurve(db, runId, buckets)),
    progress: () => guard(() => db.all<RunProgress>(lastPoints)),
    keptSamples: (runId) => guard(() => keptSamples(db, runId)),
  };
}
