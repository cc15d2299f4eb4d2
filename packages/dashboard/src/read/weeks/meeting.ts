/**
 * @file The weekly meeting: the answer in words, what changed since the last meeting, failures, samples, notes, people's votes.
 *
 * A week is held against what the last frozen meeting saw, else against what was measured until its Monday, by the figures as
 * they stand today: a figure that was made again has no past but in what was frozen.
 */
import { type MeetingRecord, type NoteVerdict, originsOf } from "@sdtt/core/store";
import { z } from "zod";
import { type AnswerLine, answerOf, type WeekAnswer } from "../../charts/data/answer.js";
import type { Curve } from "../../charts/data/curve.js";
import { differenceOf } from "../../charts/data/difference.js";
import { markdownHtml } from "../../html/markdown.js";
import { blindResults } from "../blind.js";
import { curveFrom, selectExperiment } from "../curve.js";
import { brief, whyOf } from "../home.js";
import { experiment } from "../queryParts.js";
import { question } from "../question.js";
import type { Reader } from "../stores/merged.js";
import type { SweepFiles } from "../sweepFiles/submitted.js";
import { type FrozenContent, frozenContent } from "./frozen.js";
import { notesOf } from "./notes.js";
import type { Meeting } from "./seen.js";
import { mondayOf, weekOf } from "./week.js";
import { weeksOf } from "./weeks.js";

const maxListed = 30;
const weekMs = 7 * 86_400_000;

/** The store as it was before a time, as far as rows say when they were made. */
function asOf(reader: Reader, until: string): Reader {
  return {
    ...reader,
    evaluations: (filter) => reader.evaluations(filter).filter(({ createdAt }) => createdAt < until),
  };
}

/**
 * Better or worse where all lines that are told apart say so over several seeds; inconclusive where none is, or they contradict
 * each other: one training tells nothing of others.
 */
export function proposedVerdict(lines: readonly Pick<AnswerLine, "verdict" | "seeds">[]): NoteVerdict | null {
  const known = lines.filter(({ verdict }) => verdict !== null);
  if (known.length === 0) return null;
  const told = new Set(
    known.flatMap(({ verdict, seeds }) => (seeds > 1 && verdict !== "cannot tell" ? [verdict] : [])),
  );
  const [only] = told;
  return told.size === 1 && only ? only : "inconclusive";
}

function samplesFor(reader: Reader, answer: WeekAnswer | null): Meeting["samples"] {
  const [student] = answer?.lines ?? [];
  return [student, answer?.teacher].flatMap((one) => {
    const sample = one?.keys[0] === undefined ? undefined : reader.samples(one.keys[0])[0];
    return one && answer && sample ? [{ label: one.label, steps: answer.steps, sample }] : [];
  });
}

function answerIn(curve: Curve, since: string): Meeting["answer"] {
  const found = answerOf(curve, since);
  if (found) return { ...found, isNew: true };
  const old = answerOf(curve, "");
  return old ? { ...old, isNew: false } : null;
}

/** The last meeting of an earlier week, with what it saw. */
function lastFrozen(reader: Reader, all: readonly MeetingRecord[], week: string): FrozenContent | undefined {
  const last = all.filter((meeting) => meeting.week < week).at(-1);
  return last && frozenContent(reader, last.experiment, last.hash);
}

/** As the stores have it now. Throws UserError for an experiment that no store has. */
export function meetingOf(reader: Reader, sweeps: SweepFiles, name: string | undefined, week: string): Meeting {
  const found = selectExperiment(reader, name);
  const monday = mondayOf(week) as Date;
  const until = new Date(monday.getTime() + weekMs).toISOString();
  const meetings = reader.meetings(found.name);
  const frozen = lastFrozen(reader, meetings, week);
  const since = frozen?.meeting.at ?? monday.toISOString();
  const originOf = originsOf(reader);
  const curveAt = (time: string) => curveFrom(asOf(reader, time), { experiment: found.name }, originOf);
  const curve = curveAt(until);
  const before = frozen?.seen.curve ?? curveAt(since);
  const all = reader.runs({ experiment: found.name });
  const fresh = all.filter((run) => run.heartbeatAt >= since && run.startedAt < until).reverse();
  const evaluations = reader.evaluations({ experiment: found.name });
  const notes = notesOf(reader, found.name);
  const answer = answerIn(curve, since);
  return {
    ...{ experiment: found, week, since, until, before: frozen?.meeting ?? null, answer, curve },
    proposed: answer?.isNew ? proposedVerdict(answer.lines) : null,
    difference: differenceOf(before.matched.gains, curve.matched.gains),
    samples: samplesFor(reader, answer),
    counts: {
      runs: fresh.length,
      evaluations: evaluations.filter(({ createdAt }) => createdAt >= since && createdAt < until).length,
    },
    runs: fresh.slice(0, maxListed).map(brief),
    failures: fresh
      .filter(({ status }) => status === "failed")
      .slice(0, maxListed)
      .map((run) => ({ ...brief(run), why: whyOf(reader, sweeps, run.id) })),
    notes: notes.map((note) => ({ ...note, html: markdownHtml(note.text, "live") })),
    blind: blindResults(reader, found.name),
    weeks: weeksOf({ runs: all, evaluations, notes, meetings }),
    frozen: null,
  };
}

/** What a meeting saw. Throws UserError for one that no store has. */
function frozenMeeting(reader: Reader, name: string | undefined, hash: string): Meeting {
  const { seen, meeting, isWhole } = frozenContent(reader, selectExperiment(reader, name).name, hash);
  return { ...seen, frozen: { ...meeting, isWhole } };
}

const isWeek = (week: string) => mondayOf(week) !== undefined;

export const meeting = question({
  what: "an experiment's week: the answer in words, what changed since the last meeting, failures, samples, notes, votes, all its weeks; or what a frozen meeting saw",
  query: z.strictObject({
    experiment,
    week: z.string().refine(isWeek, "must be a week such as 2026-W47").optional().describe("left out: this week"),
    frozen: z.string().optional().describe("hash of a frozen meeting: what it saw, whatever has changed since"),
  }),
  answer: ({ experiment: name, week, frozen }, { reader, sweeps }) =>
    frozen === undefined
      ? meetingOf(reader, sweeps, name, week ?? weekOf(new Date()))
      : frozenMeeting(reader, name, frozen),
});
