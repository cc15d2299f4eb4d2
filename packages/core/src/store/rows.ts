/**
 * @file What goes into the store and what comes out of it, in the field's words.
 */
import type { ErrorOver } from "../statistics/metrics.js";
import type { Better, Control, NoteVerdict, RunStatus, Stage } from "./schema.js";

export type { Better, Control, NoteVerdict, RunStatus, Stage };

export interface RunRow {
  readonly id: string;
  readonly name: string;
  /** Left out: the run forms an experiment of its own name. */
  readonly experiment?: string;
  readonly stage: Stage;
  readonly round: number;
  readonly seed: number;
  readonly config: Record<string, unknown>;
  readonly configHash: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly engine: string;
  readonly machine: string;
  readonly command: string;
  readonly teacherHash?: string | null;
  /** Of the text that a training run reads, and of its tokenizer. */
  readonly corpusHash?: string | null;
  readonly tokenizerHash?: string | null;
  /** ISO 8601; left out: now. */
  readonly startedAt?: string;
}

export interface RunRecord extends Required<RunRow> {
  readonly status: RunStatus;
  /** 1, and one more for each time the run was resumed. */
  readonly attempt: number;
  readonly heartbeatAt: string;
  readonly finishedAt: string | null;
}

export interface RoundRow {
  readonly runId: string;
  readonly round: number;
  /** The teacher's step in unit time (Δ). */
  readonly dt: number;
  readonly updates: number;
  readonly teacherHash: string;
  readonly studentHash?: string | null;
  readonly startedAt?: string;
  readonly finishedAt?: string | null;
}

export interface TrainPoint {
  readonly update: number;
  readonly loss: number | null;
  readonly learningRate: number | null;
  readonly gradNorm: number | null;
  /** On held-out documents, where it was measured. */
  readonly validationLoss?: number | null;
  /** As in `nelbo@2`. */
  readonly validationDefinition?: string | null;
  readonly tokens: number;
  readonly wallMs: number | null;
}

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

export interface SampleRow {
  readonly index: number;
  readonly seed: number;
  readonly text: string;
  readonly ids?: number[] | null;
  /** Per token: the sampling step that revealed it. */
  readonly revealSteps?: number[] | null;
  /** Per token: its text; joined they are `text`. */
  readonly pieces?: string[] | null;
  /** Nats per token under the judge. */
  readonly nll?: number | null;
}

/** What a figure is made of, item by item: for a mean Σ sums / n, else Σ sums / Σ counts. */
export interface ItemScores {
  /** What is the same for the same items in the same order: only then do two evaluations pair. */
  readonly items: string;
  readonly sums: ArrayLike<number>;
  /** Left out: one each. */
  readonly counts?: ArrayLike<number> | null;
}

/** What the numbers of a definition are. */
export interface DefinitionRow {
  /** For example `gen-ppl-raw-ids@1`. */
  readonly definition: string;
  readonly metric: string;
  /** In words, for a reader who has not seen the figure before. */
  readonly what: string;
  /** For example `nats`, `share`, `ms`. */
  readonly unit: string;
  readonly scale: "log" | "linear";
  /** `matched`: says something only against figures of the same entropy; `none`: neither way is better by itself. */
  readonly better: Better;
  /** What the standard error of one evaluation is over. */
  readonly errorOver: ErrorOver;
  /** Whether the figure of more samples is another: then only figures of one n are compared. */
  readonly dependsOnN: boolean;
}

export interface CheckpointRow {
  readonly hash: string;
  readonly runId: string;
  readonly round: number;
  readonly weights: "raw" | "ema";
  readonly path: string;
  readonly update: number;
  readonly teacherHash?: string | null;
  readonly createdAt?: string;
}

export interface EventRow {
  readonly runId: string;
  readonly kind: string;
  readonly message: string;
  readonly data?: Record<string, unknown> | null;
  readonly at?: string;
}

export interface NoteRow {
  readonly experiment: string;
  readonly author: string;
  readonly text: string;
  readonly at?: string;
  /** An ISO week such as `2026-W47`; null for a note of no week. */
  readonly week?: string | null;
  readonly verdict?: NoteVerdict | null;
  /** Id of a version of the note that this one changes; left out: it is a note of its own. */
  readonly edits?: string | undefined;
}

/** A meeting that was frozen, without its content. */
export interface MeetingRow {
  readonly experiment: string;
  readonly week: string;
  readonly at: string;
  readonly author: string;
  /** Of the program that froze it. */
  readonly commit: string;
}

export interface TagRow {
  readonly runId: string;
  readonly tag: string;
  /** False takes the tag away. */
  readonly isSet: boolean;
  readonly author: string;
  readonly at?: string;
}

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
