/**
 * @file What a meeting saw, kept in the store as it was shown, with the rows that it was made of: their keys, the hashes of
 * weights and judges, and the commits of the runs that made them.
 *
 * JSON, and not rendered HTML, so that it can be held against the next meeting and shown in any theme; of whole rows, so that
 * nothing that is made again later takes anything away.
 */
import { createHash } from "node:crypto";
import { userError } from "@sdtt/core/base";
import type { EvaluationRecord, MeetingRecord, RunRecord } from "@sdtt/core/store";
import { z } from "zod";
import { fromJson, toJson } from "../../charts/data/wire.js";
import { markdownHtml } from "../../html/markdown.js";
import { selectExperiment } from "../curve.js";
import { experiment } from "../queryParts.js";
import { question } from "../question.js";
import type { Reader } from "../stores/merged.js";
import type { Meeting } from "./seen.js";

const format = 1;

type KeptRun = Pick<
  RunRecord,
  "id" | "name" | "stage" | "round" | "seed" | "status" | "commit" | "dirty" | "configHash" | "teacherHash" | "machine"
>;

/** What is behind what was shown. */
interface Behind {
  readonly evaluations: readonly EvaluationRecord[];
  readonly runs: readonly KeptRun[];
}

export interface FrozenContent extends Behind {
  readonly meeting: MeetingRecord;
  readonly seen: Meeting;
  /** Whether the content has the hash that it was kept under. */
  readonly isWhole: boolean;
}

/** Every evaluation that a point, a gain or a level of the curve is made of, and the runs that made them. */
function behind(reader: Reader, { curve }: Meeting): Behind {
  const points = curve.series.flatMap((series) => series.points);
  const keys = new Set([...points, ...curve.matched.gains, ...curve.references].flatMap((one) => one.keys));
  const evaluations = reader
    .evaluations({ experiment: curve.experiment })
    .filter((e) => keys.has(e.key) || (e.round === 0 && e.definition === curve.measure?.definition));
  const ids = new Set(evaluations.map(({ runId }) => runId));
  const runs = [...ids].flatMap((id): KeptRun[] => {
    const run = reader.run(id);
    if (!run) return [];
    const { name, stage, round, seed, status, commit, dirty, configHash, teacherHash, machine } = run;
    return [{ id, name, stage, round, seed, status, commit, dirty, configHash, teacherHash, machine }];
  });
  return { evaluations, runs };
}

/** All of it as text; the same meeting gives the same text, and another hash for another author or time. */
export function contentOf(reader: Reader, seen: Meeting, author: string, at: string): string {
  // A chart in a note is live on the page only: here it would show what came later.
  const notes = seen.notes.map((note) => ({ ...note, html: markdownHtml(note.text) }));
  return toJson({ format, author, at, seen: { ...seen, notes }, ...behind(reader, seen) });
}

/** Throws UserError for a hash that none of the experiment's meetings has. */
export function frozenContent(reader: Reader, experiment: string, hash: string): FrozenContent {
  const meeting = reader.meetings(experiment).find((one) => one.hash === hash);
  const text = meeting && reader.meetingContent(hash);
  if (text === undefined)
    throw userError(
      "meeting",
      `it must be one that was frozen for ${experiment}`,
      hash.slice(0, 64),
      "Choose one in the list of weeks.",
    );
  const { seen, evaluations, runs } = fromJson<Behind & { seen: Meeting }>(text);
  const isWhole = createHash("sha256").update(text).digest("hex") === hash;
  return { meeting: meeting as MeetingRecord, seen, evaluations, runs, isWhole };
}

export const frozen = question({
  what: "a frozen meeting in full: what it saw, with every evaluation behind it, and commit and config hash of the runs that made them",
  query: z.strictObject({ experiment, hash: z.string().describe("the frozen meeting's hash") }),
  answer: ({ experiment: name, hash }, { reader }) => frozenContent(reader, selectExperiment(reader, name).name, hash),
});
