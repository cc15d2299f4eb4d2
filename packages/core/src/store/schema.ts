/**
 * @file The tables of the store, as drizzle sees them; the SQL that makes them is in packages/core/drizzle/migrations.
 *
 * Every primary key is a natural one, so that writing a row twice, or merging two files, changes nothing. A real column
 * that may be NaN is nullable and named in its row's `nan_columns`, because SQLite stores NaN as NULL. Words such as a
 * status are checked by TypeScript and not by CHECK: changing a CHECK makes drizzle-kit rebuild the table.
 */

import { blob, index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ErrorOver } from "../statistics/metrics.js";

const nanColumns = () => text("nan_columns").notNull().default("");

export const experiments = sqliteTable("experiments", {
  name: text("name").primaryKey(),
  question: text("question").notNull().default(""),
  createdAt: text("created_at").notNull(),
});

const evaluationStages = [
  "curve",
  "datastore",
  "frontier",
  "lambada",
  "latency",
  "puzzle",
  "reference",
  "report",
  "story",
] as const;
/** The command that measured. */
export type EvaluationStage = (typeof evaluationStages)[number];
/** `external`: another program's, logged or imported. */
export type Stage = "prepare" | "pretrain" | "round" | EvaluationStage | "external";
export const isTraining = (stage: string): boolean => stage === "pretrain" || stage === "round";
export const isEvaluation = (stage: string): boolean => evaluationStages.some((one) => one === stage);
/**
 * What a model is that was trained beside the rounds and is no student of theirs.
 *
 * `null`: rounds of one substep, whose target is the teacher's own prediction · `equal-updates`: the teacher trained on
 * under the NELBO for as many updates · `unfinished`: a round that had updates to go when it was evaluated
 */
export const controlNames = ["null", "equal-updates", "unfinished"] as const;
export type Control = (typeof controlNames)[number];
export type RunStatus = "running" | "done" | "failed" | "stopped";

export const runs = sqliteTable(
  "runs",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    experiment: text("experiment")
      .notNull()
      .references(() => experiments.name),
    stage: text("stage").$type<Stage>().notNull(),
    round: integer("round").notNull(),
    seed: integer("seed").notNull(),
    config: text("config", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    configHash: text("config_hash").notNull(),
    commit: text("commit").notNull(),
    dirty: integer("dirty", { mode: "boolean" }).notNull(),
    engine: text("engine").notNull(),
    machine: text("machine").notNull(),
    command: text("command").notNull(),
    teacherHash: text("teacher_hash"),
    /** Of the text that was trained on and of its tokenizer; NULL where nothing was trained, or nobody kept it. */
    corpusHash: text("corpus_hash"),
    tokenizerHash: text("tokenizer_hash"),
    status: text("status").$type<RunStatus>().notNull(),
    /** 1, and one more for each time the run was resumed. */
    attempt: integer("attempt").notNull(),
    /** ISO 8601, as all times. */
    startedAt: text("started_at").notNull(),
    heartbeatAt: text("heartbeat_at").notNull(),
    finishedAt: text("finished_at"),
  },
  (t) => [index("runs_by_experiment").on(t.experiment, t.startedAt)],
);

const runId = () =>
  text("run_id")
    .notNull()
    .references(() => runs.id);

export const rounds = sqliteTable(
  "rounds",
  {
    runId: runId(),
    round: integer("round").notNull(),
    /** The teacher's step in unit time (Δ). */
    dt: real("dt").notNull(),
    updates: integer("updates").notNull(),
    teacherHash: text("teacher_hash").notNull(),
    studentHash: text("student_hash"),
    startedAt: text("started_at").notNull(),
    finishedAt: text("finished_at"),
  },
  (t) => [primaryKey({ columns: [t.runId, t.round] })],
);

export const trainPoints = sqliteTable(
  "train_points",
  {
    runId: runId(),
    update: integer("update").notNull(),
    loss: real("loss"),
    learningRate: real("learning_rate"),
    gradNorm: real("grad_norm"),
    /** On held-out documents, where it was measured. */
    validationLoss: real("validation_loss"),
    /** What it is, as in `nelbo@2`; NULL without one, and in points from before there was a second definition. */
    validationDefinition: text("validation_definition"),
    tokens: integer("tokens").notNull(),
    wallMs: real("wall_ms"),
    nanColumns: nanColumns(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.update] })],
);

export const evaluations = sqliteTable(
  "evaluations",
  {
    key: text("key").primaryKey(),
    runId: runId(),
    round: integer("round").notNull(),
    /** Of the weights that it is of, or of the text where no model wrote it. */
    subjectHash: text("subject_hash").notNull(),
    weights: text("weights").$type<"raw" | "ema">().notNull(),
    metric: text("metric").notNull(),
    definition: text("definition").notNull(),
    /** Of what it is measured against: a judge, passages, questions, prompts, training text. */
    referenceHash: text("reference_hash"),
    steps: integer("steps"),
    nfe: real("nfe"),
    seed: integer("seed").notNull(),
    temperature: real("temperature").notNull(),
    /** NULL: ancestral with top-p 1, or nothing was sampled. */
    sampler: text("sampler"),
    topP: real("top_p"),
    /** NULL: a teacher or a student. Otherwise a control, or a round that was not finished: never one with those. */
    control: text("control").$type<Control>(),
    dtype: text("dtype").notNull(),
    /** Samples, items, or timed runs. */
    n: integer("n").notNull(),
    /** Sequences at once, where the figure is a time; NULL otherwise. */
    batch: integer("batch"),
    value: real("value"),
    stderr: real("stderr"),
    entropy: real("entropy"),
    entropyStderr: real("entropy_stderr"),
    /** Between the estimates of ln value and of entropy, over the same samples; NULL where nobody kept it. */
    entropyCorrelation: real("entropy_correlation"),
    wallMs: real("wall_ms"),
    createdAt: text("created_at").notNull(),
    nanColumns: nanColumns(),
  },
  (t) => [
    index("evaluations_by_subject").on(t.subjectHash),
    index("evaluations_by_run").on(t.runId),
    index("evaluations_by_metric").on(t.metric, t.steps),
    index("evaluations_by_time").on(t.createdAt, t.runId),
  ],
);

export const samples = sqliteTable(
  "samples",
  {
    evaluationKey: text("evaluation_key")
      .notNull()
      .references(() => evaluations.key),
    index: integer("index").notNull(),
    seed: integer("seed").notNull(),
    text: text("text").notNull(),
    ids: text("ids", { mode: "json" }).$type<number[]>(),
    /** Per token: the sampling step that revealed it. */
    revealSteps: text("reveal_steps", { mode: "json" }).$type<number[]>(),
    /** Per token: its text; joined they are `text`. */
    pieces: text("pieces", { mode: "json" }).$type<string[]>(),
    /** Nats per token under the judge. */
    nll: real("nll"),
    nanColumns: nanColumns(),
  },
  (t) => [primaryKey({ columns: [t.evaluationKey, t.index] })],
);

/**
 * What an evaluation's figure is made of, item by item: passages, questions, blocks of text. Numbers of 64 bits,
 * little-endian, which JSON could not hold (NaN, infinities).
 */
export const itemScores = sqliteTable("item_scores", {
  evaluationKey: text("evaluation_key")
    .primaryKey()
    .references(() => evaluations.key),
  /** Of the items, in their order: what has the same is of the same items and may be paired. */
  items: text("items").notNull(),
  sums: blob("sums", { mode: "buffer" }).notNull(),
  /** NULL: one each. */
  counts: blob("counts", { mode: "buffer" }),
});

export type Better = "lower" | "higher" | "matched" | "none";

/** What the numbers of a definition are: declared by whoever measures them, read by whoever shows them. */
export const definitions = sqliteTable("definitions", {
  /** For example `gen-ppl-raw-ids@1`. */
  definition: text("definition").primaryKey(),
  metric: text("metric").notNull(),
  /** In words, for a reader who has not seen the figure before. */
  what: text("what").notNull(),
  /** For example `nats`, `share`, `ms`. */
  unit: text("unit").notNull(),
  scale: text("scale").$type<"log" | "linear">().notNull(),
  /** `matched`: says something only against figures of the same entropy; `none`: neither way is better by itself. */
  better: text("better").$type<Better>().notNull(),
  /** What the standard error of one evaluation is over. */
  errorOver: text("error_over").$type<ErrorOver>().notNull(),
  /** Whether the figure of more samples is another: then only figures of one n are compared. */
  dependsOnN: integer("depends_on_n", { mode: "boolean" }).notNull(),
});

export const checkpoints = sqliteTable(
  "checkpoints",
  {
    hash: text("hash").notNull(),
    runId: runId(),
    round: integer("round").notNull(),
    weights: text("weights").$type<"raw" | "ema">().notNull(),
    path: text("path").notNull(),
    update: integer("update").notNull(),
    teacherHash: text("teacher_hash"),
    createdAt: text("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.hash, t.runId] }), index("checkpoints_by_run").on(t.runId)],
);

export const events = sqliteTable(
  "events",
  {
    id: text("id").primaryKey(),
    runId: runId(),
    at: text("at").notNull(),
    kind: text("kind").notNull(),
    message: text("message").notNull(),
    data: text("data", { mode: "json" }).$type<Record<string, unknown>>(),
  },
  (t) => [index("events_by_run").on(t.runId, t.at)],
);

export type NoteVerdict = "better" | "no-change" | "worse" | "inconclusive" | "broken";

export const notes = sqliteTable(
  "notes",
  {
    id: text("id").primaryKey(),
    experiment: text("experiment")
      .notNull()
      .references(() => experiments.name),
    at: text("at").notNull(),
    author: text("author").notNull(),
    text: text("text").notNull(),
    /** An ISO week such as `2026-W47`; NULL for a note of no week. */
    week: text("week"),
    verdict: text("verdict").$type<NoteVerdict>(),
  },
  (t) => [index("notes_by_experiment").on(t.experiment, t.at)],
);

/** What a meeting saw, as it was: a row is never changed, and its hash tells whether its content was. */
export const meetings = sqliteTable(
  "meetings",
  {
    /** SHA-256 of the content. */
    hash: text("hash").primaryKey(),
    experiment: text("experiment")
      .notNull()
      .references(() => experiments.name),
    week: text("week").notNull(),
    at: text("at").notNull(),
    author: text("author").notNull(),
    /** Of the program that froze it. */
    commit: text("commit").notNull(),
    /** All that was shown, and the rows that it was made of, as JSON. */
    content: text("content").notNull(),
  },
  (t) => [index("meetings_by_experiment").on(t.experiment, t.at)],
);

/** A removed tag stays as a row with `is_set` 0: in a merge of two files the newer word wins. */
export const runTags = sqliteTable(
  "run_tags",
  {
    runId: runId(),
    tag: text("tag").notNull(),
    isSet: integer("is_set", { mode: "boolean" }).notNull(),
    author: text("author").notNull(),
    at: text("at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.tag] })],
);
