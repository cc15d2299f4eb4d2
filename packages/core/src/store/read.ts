/**
 * @file Everything that is asked of a store. Nothing here writes, so all of it works on a read-only connection.
 */

import type { Database } from "better-sqlite3";
import { and, asc, count, eq, getTableColumns, inArray, isNull, max, or, sql } from "drizzle-orm";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { numbersOf, restoreNaN } from "./encode.js";
import { type EvaluationValues, evaluationReader } from "./evaluationValues.js";
import { type OverviewReader, overviewReader } from "./overview.js";
import type * as Row from "./rows.js";
import * as t from "./schema.js";

export interface RunFilter {
  readonly experiment?: string;
  readonly stage?: Row.Stage;
  readonly name?: string;
}

export interface EvaluationFilter {
  /** Evaluations made in the experiment, and those of its teachers and checkpoints wherever they were made. */
  readonly experiment?: string;
  readonly runId?: string;
  readonly subjectHash?: string;
  readonly metric?: string;
  readonly definition?: string;
  readonly referenceHash?: string;
  readonly round?: number;
  readonly steps?: number;
  readonly temperature?: number;
  /** Left out: figures of the default sampler (ancestral, top-p 1), and those without one; rows are never mixed. */
  readonly sampler?: "any";
  /** Left out: all. `matched`: students at 1 alone, of teachers all, which is what gains at matched entropy are made of. */
  readonly temperatures?: "matched";
  /** Left out: figures of teachers and students; controls are no students, and their rows are never mixed in. */
  readonly control?: Row.Control | "any";
}

type Completed<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };
export type RoundRecord = Completed<Row.RoundRow>;
export type TrainPointRecord = Completed<Row.TrainPoint>;
export type SampleRecord = Completed<Row.SampleRow>;
export type CheckpointRecord = Completed<Row.CheckpointRow>;
export type EventRecord = Completed<Row.EventRow>;
export interface NoteRecord extends Completed<Omit<Row.NoteRow, "edits">> {
  /** Of an edit it begins with that of the note: versions of one note have `noteOf` in common. */
  readonly id: string;
}
export interface MeetingRecord extends Row.MeetingRow {
  /** SHA-256 of its content. */
  readonly hash: string;
}
export type TagRecord = Completed<Row.TagRow>;
export interface ItemScoresRecord extends Row.ItemScores {
  readonly sums: Float64Array;
  readonly counts: Float64Array | null;
}

export interface StoreReader extends OverviewReader {
  /** The newest first. */
  experiments(): Row.ExperimentRecord[];
  /** The oldest first. */
  runs(filter?: RunFilter): Row.RunRecord[];
  run(id: string): Row.RunRecord | undefined;
  rounds(runId: string): RoundRecord[];
  trainPoints(runId: string): TrainPointRecord[];
  /** By round, then steps, then seed. */
  evaluations(filter?: EvaluationFilter): Row.EvaluationRecord[];
  evaluation(key: string): Row.EvaluationRecord | undefined;
  samples(evaluationKey: string): SampleRecord[];
  /** What the evaluation's figure is made of, where that was kept. */
  itemScores(evaluationKey: string): ItemScoresRecord | undefined;
  /** What is declared of the numbers in the store, by definition. */
  definitions(): Row.DefinitionRow[];
  checkpoints(filter?: { readonly runId?: string; readonly hash?: string }): CheckpointRecord[];
  /** The checkpoint, its teacher, its teacher's teacher, …: as far as the store knows. */
  lineage(hash: string): CheckpointRecord[];
  events(runId: string): EventRecord[];
  /** Every version of every note, the oldest first. */
  notes(experiment: string): NoteRecord[];
  /** Those that were frozen, the oldest first. */
  meetings(experiment: string): MeetingRecord[];
  /** What a frozen meeting saw. */
  meetingContent(hash: string): string | undefined;
  /** Of the run, or of all runs; those that were taken away are not among them. */
  tags(runId?: string): TagRecord[];
}

type Db = BetterSQLite3Database & { readonly $client: Database };

function experiments(db: Db): Row.ExperimentRecord[] {
  const e = t.experiments;
  const runsOf = db
    .select({ experiment: t.runs.experiment, runs: count().as("runs"), newest: max(t.runs.startedAt).as("newest") })
    .from(t.runs)
    .groupBy(t.runs.experiment)
    .as("runs_of");
  const evaluationsOf = db
    .select({ experiment: sql<string>`${t.runs.experiment}`.as("of"), evaluations: count().as("evaluations") })
    .from(t.evaluations)
    .innerJoin(t.runs, eq(t.evaluations.runId, t.runs.id))
    .groupBy(t.runs.experiment)
    .as("evaluations_of");
  const made = sql<number>`coalesce(${evaluationsOf.evaluations}, 0)`;
  const selected = { name: e.name, question: e.question, createdAt: e.createdAt };
  return db
    .select({ ...selected, runs: sql<number>`coalesce(${runsOf.runs}, 0)`, evaluations: made })
    .from(e)
    .leftJoin(runsOf, eq(runsOf.experiment, e.name))
    .leftJoin(evaluationsOf, eq(evaluationsOf.experiment, e.name))
    .orderBy(sql`coalesce(${runsOf.newest}, ${e.createdAt}) DESC`, e.name)
    .all();
}

function runs(db: Db, filter: RunFilter): Row.RunRecord[] {
  const { experiment, stage, name } = filter;
  const where = and(
    experiment === undefined ? undefined : eq(t.runs.experiment, experiment),
    stage === undefined ? undefined : eq(t.runs.stage, stage),
    name === undefined ? undefined : eq(t.runs.name, name),
  );
  return db.select().from(t.runs).where(where).orderBy(asc(t.runs.startedAt), asc(t.runs.id)).all();
}

/** The condition `EvaluationFilter.experiment` describes. */
function ofExperiment(db: Db, experiment: string) {
  const own = db.select({ id: t.runs.id }).from(t.runs).where(eq(t.runs.experiment, experiment));
  const teachers = db.select({ hash: t.runs.teacherHash }).from(t.runs).where(eq(t.runs.experiment, experiment));
  const made = db.select({ hash: t.checkpoints.hash }).from(t.checkpoints).where(inArray(t.checkpoints.runId, own));
  const { runId, subjectHash } = t.evaluations;
  return or(inArray(runId, own), inArray(subjectHash, teachers), inArray(subjectHash, made));
}

function evaluations(db: Db, filter: EvaluationFilter): Row.EvaluationRecord[] {
  const { experiment, sampler, control, temperatures, ...columns } = filter;
  const e = t.evaluations;
  const conditions = (Object.keys(columns) as (keyof typeof columns)[])
    .filter((name) => columns[name] !== undefined)
    .map((name) => eq(e[name], columns[name] as string | number));
  if (sampler !== "any") conditions.push(isNull(e.sampler), isNull(e.topP));
  if (control !== "any") conditions.push(control === undefined ? isNull(e.control) : eq(e.control, control));
  if (temperatures === "matched")
    conditions.push(or(eq(e.round, 0), eq(e.temperature, 1)) as (typeof conditions)[number]);
  if (experiment !== undefined) conditions.push(ofExperiment(db, experiment) as (typeof conditions)[number]);
  const asked = db
    .select()
    .from(e)
    .where(and(...conditions))
    .orderBy(e.round, e.steps, e.seed, e.key)
    .toSQL();
  const rows = db.$client.prepare<unknown[], EvaluationValues>(asked.sql).raw();
  // Row by row: each row's values are gone when the next one's are there.
  return Array.from(rows.iterate(...asked.params), evaluationReader());
}

function evaluation(db: Db, key: string): Row.EvaluationRecord | undefined {
  const row = db.select().from(t.evaluations).where(eq(t.evaluations.key, key)).get();
  return row && (restoreNaN(row) as Row.EvaluationRecord);
}

function trainPoints(db: Db, runId: string): TrainPointRecord[] {
  const { runId: _, ...columns } = t.trainPoints;
  const { update, loss, learningRate, gradNorm, validationLoss, validationDefinition, tokens, wallMs, nanColumns } =
    columns;
  const validation = { validationLoss, validationDefinition };
  const selected = { update, loss, learningRate, gradNorm, ...validation, tokens, wallMs, nanColumns };
  const rows = db.select(selected).from(t.trainPoints).where(eq(t.trainPoints.runId, runId)).orderBy(update).all();
  return rows.map(restoreNaN);
}

function samples(db: Db, evaluationKey: string): SampleRecord[] {
  const { index, seed, text, ids, revealSteps, pieces, nll, nanColumns } = t.samples;
  const selected = { index, seed, text, ids, revealSteps, pieces, nll, nanColumns };
  const mine = eq(t.samples.evaluationKey, evaluationKey);
  return db.select(selected).from(t.samples).where(mine).orderBy(index).all().map(restoreNaN);
}

function itemScores(db: Db, evaluationKey: string): ItemScoresRecord | undefined {
  const row = db.select().from(t.itemScores).where(eq(t.itemScores.evaluationKey, evaluationKey)).get();
  return row && { items: row.items, sums: numbersOf(row.sums), counts: row.counts && numbersOf(row.counts) };
}

function checkpoints(db: Db, { runId, hash }: { runId?: string; hash?: string }): CheckpointRecord[] {
  const where = and(
    runId === undefined ? undefined : eq(t.checkpoints.runId, runId),
    hash === undefined ? undefined : eq(t.checkpoints.hash, hash),
  );
  const { round, update, createdAt } = t.checkpoints;
  return db.select().from(t.checkpoints).where(where).orderBy(createdAt, round, update).all();
}

/** Of a checkpoint's rows that of the run that trained it: others are of runs that evaluated it, perhaps earlier in this store. */
function trainedFirst(db: Db, rows: readonly CheckpointRecord[]): CheckpointRecord | undefined {
  const stageOf = ({ runId }: CheckpointRecord) =>
    db.select({ stage: t.runs.stage }).from(t.runs).where(eq(t.runs.id, runId)).get()?.stage;
  return (
    rows.find((row) => {
      const stage = stageOf(row);
      return stage !== undefined && t.isTraining(stage);
    }) ?? rows[0]
  );
}

function lineage(db: Db, hash: string): CheckpointRecord[] {
  const line: CheckpointRecord[] = [];
  const seen = new Set<string>();
  for (let next: string | null = hash; next !== null && !seen.has(next); ) {
    seen.add(next);
    const found: CheckpointRecord | undefined = trainedFirst(db, checkpoints(db, { hash: next }));
    if (found !== undefined) line.push(found);
    next = found?.teacherHash ?? null;
  }
  return line;
}

function meetings(db: Db, experiment: string): MeetingRecord[] {
  const { content: _, ...columns } = getTableColumns(t.meetings);
  const { at, hash } = t.meetings;
  return db.select(columns).from(t.meetings).where(eq(t.meetings.experiment, experiment)).orderBy(at, hash).all();
}

function meetingContent(db: Db, hash: string): string | undefined {
  return db.select({ content: t.meetings.content }).from(t.meetings).where(eq(t.meetings.hash, hash)).get()?.content;
}

function tags(db: Db, runId: string | undefined): TagRecord[] {
  const where = and(eq(t.runTags.isSet, true), runId === undefined ? undefined : eq(t.runTags.runId, runId));
  return db.select().from(t.runTags).where(where).orderBy(t.runTags.runId, t.runTags.tag).all();
}

/** The reading half of a store; `guard` explains the failures that a user can mend. */
export function storeReader(db: Db, guard: <T>(work: () => T) => T): StoreReader {
  return {
    ...overviewReader(db, guard),
    experiments: () => guard(() => experiments(db)),
    runs: (filter = {}) => guard(() => runs(db, filter)),
    run: (id) => guard(() => db.select().from(t.runs).where(eq(t.runs.id, id)).get()),
    rounds: (id) => guard(() => db.select().from(t.rounds).where(eq(t.rounds.runId, id)).orderBy(t.rounds.round).all()),
    trainPoints: (id) => guard(() => trainPoints(db, id)),
    evaluations: (filter = {}) => guard(() => evaluations(db, filter)),
    evaluation: (key) => guard(() => evaluation(db, key)),
    samples: (key) => guard(() => samples(db, key)),
    itemScores: (key) => guard(() => itemScores(db, key)),
    definitions: () => guard(() => db.select().from(t.definitions).orderBy(t.definitions.definition).all()),
    checkpoints: (filter = {}) => guard(() => checkpoints(db, filter)),
    lineage: (hash) => guard(() => lineage(db, hash)),
    events: (id) => guard(() => db.select().from(t.events).where(eq(t.events.runId, id)).orderBy(t.events.at).all()),
    notes: (name) =>
      guard(() => db.select().from(t.notes).where(eq(t.notes.experiment, name)).orderBy(t.notes.at).all()),
    meetings: (experiment) => guard(() => meetings(db, experiment)),
    meetingContent: (hash) => guard(() => meetingContent(db, hash)),
    tags: (runId) => guard(() => tags(db, runId)),
  };
}
