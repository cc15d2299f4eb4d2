/**
 * @file What a weekly meeting sees: what the page shows, and what is kept when a meeting is frozen.
 */
import type { ExperimentRecord, MeetingRecord, NoteVerdict, SampleRecord } from "@sdtt/core/store";
import type { WeekAnswer } from "../../charts/data/answer.js";
import type { Curve } from "../../charts/data/curve.js";
import type { Difference } from "../../charts/data/difference.js";
import type { BlindResult } from "../blind.js";
import type { BriefRun } from "../home.js";
import type { Note } from "./notes.js";
import type { Week } from "./weeks.js";

/** A note with its text as HTML, which was made from Markdown without letting any HTML through. */
export type ShownNote = Note & { readonly html: string };

export interface Meeting {
  readonly experiment: ExperimentRecord;
  readonly week: string;
  /** What is new is so since then, and until then (exclusive). */
  readonly since: string;
  readonly until: string;
  /** The frozen meeting that it is held against; null: what was measured before `since`. */
  readonly before: MeetingRecord | null;
  readonly answer: (WeekAnswer & { readonly isNew: boolean }) | null;
  /** What the answer comes to as a verdict; null where it comes to none. */
  readonly proposed: NoteVerdict | null;
  readonly difference: Difference;
  readonly curve: Curve;
  /** One of the student beside one of its teacher. */
  readonly samples: readonly { readonly label: string; readonly steps: number; readonly sample: SampleRecord }[];
  readonly counts: { readonly runs: number; readonly evaluations: number };
  readonly runs: readonly BriefRun[];
  readonly failures: readonly (BriefRun & { readonly why: string })[];
  readonly notes: readonly ShownNote[];
  readonly blind: readonly BlindResult[];
  readonly weeks: readonly Week[];
  /** Where this is what a meeting saw: when and by whom it was frozen, and whether it is as it was then. */
  readonly frozen: (MeetingRecord & { readonly isWhole: boolean }) | null;
}
