/**
 * @file What goes into the store and what comes out of it, in the field's words.
 */
import type * as t from "./schema.js";
import type { Better, Control, NoteVerdict, RunStatus, Stage } from "./schema.js";

export type { Better, Control, NoteVerdict, RunStatus, Stage };

/** A row as it is written, without what the store fills in itself; what is named may be left out. */
type Written<T, Left extends keyof T = never> = Readonly<Omit<T, Left> & Partial<Pick<T, Left>>>;

/** `experiment` left out: the run forms one of its own name; `startedAt`: now. */
export type RunRow = Written<
  Omit<RunRecord, "status" | "attempt" | "heartbeatAt" | "finishedAt">,
  "experiment" | "teacherHash" | "corpusHash" | "tokenizerHash" | "startedAt"
>;

export type RunRecord = Readonly<typeof t.runs.$inferSelect>;

export type RoundRow = Written<typeof t.rounds.$inferSelect, "studentHash" | "startedAt" | "finishedAt">;

export type TrainPoint = Written<
  Omit<typeof t.trainPoints.$inferSelect, "runId" | "nanColumns">,
  "validationLoss" | "validationDefinition"
>;

/** What an evaluation is of: two with the same values here are the same evaluation. */
export interface EvaluationIdentity {
  /** The weights that it is of, or the text where no model wrote it. */
  readonly subjectHash: string;
  /** For example `gen-ppl`. */
  readonly metric: string;
  /** For example `gen-ppl@1`. */
  readonly definition: string;
  readonly steps?: number | null;
  readonly seed: number;
  readonly temperature: number;
  /** Samples, items, or timed runs. */
  readonly n: number;
  /** Sequences at once, of a time. */
  readonly batch?: number | null;
  /** What it is measured against: a judge, passages, questions, prompts, training text. */
  readonly referenceHash?: string | null;
  /** As `parseSampler` writes it; left out: ancestral, or nothing was sampled. */
  readonly sampler?: string | null;
  /** Left out: 1. */
  readonly topP?: number | null;
}

export interface EvaluationRow extends EvaluationIdentity {
  readonly runId: string;
  readonly round: number;
  readonly weights: "raw" | "ema";
  /** Left out: of a teacher or a student. What asks for evaluations gets only those, unless it asks for controls. */
  readonly control?: Control | null;
  readonly nfe?: number | null;
  readonly dtype: string;
  readonly value: number;
  readonly stderr?: number | null;
  readonly entropy?: number | null;
  readonly entropyStderr?: number | null;
  /** Between the estimates of ln `value` and of `entropy`, whose samples are the same. */
  readonly entropyCorrelation?: number | null;
  readonly wallMs?: number | null;
  readonly createdAt?: string;
}

export interface EvaluationRecord extends Required<EvaluationRow> {
  readonly key: string;
}

export type SampleRow = Written<
  Omit<typeof t.samples.$inferSelect, "evaluationKey" | "nanColumns">,
  "ids" | "revealSteps" | "pieces" | "nll"
>;

/** What a figure is made of, item by item: for a mean Σ sums / n, else Σ sums / Σ counts. */
export interface ItemScores {
  /** What is the same for the same items in the same order: only then do two evaluations pair. */
  readonly items: string;
  readonly sums: ArrayLike<number>;
  /** Left out: one each. */
  readonly counts?: ArrayLike<number> | null;
}

/** What the numbers of a definition are. */
export type DefinitionRow = Readonly<typeof t.definitions.$inferSelect>;

export type CheckpointRow = Written<typeof t.checkpoints.$inferSelect, "teacherHash" | "createdAt">;

export type EventRow = Written<Omit<typeof t.events.$inferSelect, "id">, "data" | "at">;

export interface NoteRow extends Written<Omit<typeof t.notes.$inferSelect, "id">, "at" | "week" | "verdict"> {
  /** Id of a version of the note that this one changes; left out: it is a note of its own. */
  readonly edits?: string | undefined;
}

/** A meeting that was frozen, without its content. */
export type MeetingRow = Readonly<Omit<typeof t.meetings.$inferSelect, "hash" | "content">>;

export type TagRow = Written<typeof t.runTags.$inferSelect, "at">;

export interface ExperimentRow {
  readonly name: string;
  readonly question?: string;
}

export interface ExperimentRecord {
  readonly name: string;
  readonly question: string;
  readonly createdAt: string;
  readonly runs: number;
  readonly evaluations: number;
}
