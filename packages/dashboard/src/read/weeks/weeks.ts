/** @file An experiment's weeks: what happened in each, what a meeting found, and whether it was frozen. */
import type { EvaluationRecord, MeetingRecord, NoteVerdict, RunRecord } from "@sdtt/core/store";
import type { Note } from "./notes.js";
import { weekOf } from "./week.js";

export interface Week {
  readonly week: string;
  readonly runs: number;
  readonly failures: number;
  readonly evaluations: number;
  readonly notes: number;
  /** The last that was written down for it. */
  readonly verdict: NoteVerdict | null;
  /** Hashes of what was frozen for it, the newest first. */
  readonly frozen: readonly string[];
}

export interface Happened {
  readonly runs: readonly RunRecord[];
  readonly evaluations: readonly EvaluationRecord[];
  readonly notes: readonly Pick<Note, "week" | "at" | "verdict">[];
  readonly meetings: readonly MeetingRecord[];
}

const maxWeeks = 104;
const nothing = { runs: 0, failures: 0, evaluations: 0, notes: 0, verdict: null, frozen: [] };

/** Weeks in which anything happened, the newest first. */
export function weeksOf({ runs, evaluations, notes, meetings }: Happened): Week[] {
  const weeks = new Map<string, Week>();
  const add = (week: string, next: (known: Week) => Partial<Week>) => {
    const known = weeks.get(week) ?? { week, ...nothing };
    weeks.set(week, { ...known, ...next(known) });
  };
  for (const { startedAt, status } of runs)
    add(weekOf(new Date(startedAt)), (known) => ({
      runs: known.runs + 1,
      failures: known.failures + Number(status === "failed"),
    }));
  for (const { createdAt } of evaluations)
    add(weekOf(new Date(createdAt)), (known) => ({ evaluations: known.evaluations + 1 }));
  for (const { week, at, verdict } of notes)
    add(week ?? weekOf(new Date(at)), (known) => ({ notes: known.notes + 1, verdict: verdict ?? known.verdict }));
  for (const { week, hash } of meetings) add(week, (known) => ({ frozen: [hash, ...known.frozen] }));
  return [...weeks.values()].sort((a, b) => (a.week < b.week ? 1 : -1)).slice(0, maxWeeks);
}
