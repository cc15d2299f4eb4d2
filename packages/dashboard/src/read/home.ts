/**
 * @file What is new since a date: runs, finished cells, what students come to, failures; and each experiment with its verdict.
 */
import { UserError } from "@sdtt/core/base";
import type { ExperimentRecord, RunRecord } from "@sdtt/core/store";
import { drawnOf } from "./names.js";
import { type Judged, judgedSince } from "./news.js";
import { provenanceOf } from "./run.js";
import type { Reader } from "./stores/merged.js";
import type { SweepFiles } from "./sweepFiles/submitted.js";
import { tally } from "./sweeps/sweepAxes.js";
import { type Note, notesOf } from "./weeks/notes.js";

export type BriefRun = Pick<
  RunRecord,
  "id" | "name" | "experiment" | "stage" | "round" | "seed" | "status" | "startedAt" | "heartbeatAt"
> & { readonly drawn?: string };

export interface Home extends Judged {
  readonly since: string;
  readonly experiments: readonly (ExperimentRecord & { readonly verdict: Note | null; readonly fresh: number })[];
  readonly counts: {
    readonly runs: number;
    readonly evaluations: number;
    readonly finished: number;
    readonly running: number;
  };
  readonly runs: readonly BriefRun[];
  readonly failures: readonly (BriefRun & { readonly why: string })[];
  /** Experiments with new figures and no verdict of a meeting since. */
  readonly undecided: readonly string[];
  readonly sweeps: readonly HomeSweep[];
}

/** A submitted sweep: how many of its cells are in which state, and how many were finished since. */
export interface HomeSweep {
  readonly experiment: string;
  readonly fresh: number;
  readonly counts: Readonly<Record<string, number>>;
}

const maxListed = 20;

export const brief = ({
  id,
  name,
  experiment,
  stage,
  round,
  seed,
  status,
  startedAt,
  heartbeatAt,
  config,
}: RunRecord): BriefRun => {
  return { id, name, experiment, stage, round, seed, status, startedAt, heartbeatAt, drawn: drawnOf(config) };
};

/** Those with something left to do, or finished since; one whose files are damaged is explained in its own view. */
function sweepsOf(sweeps: SweepFiles, since: string): HomeSweep[] {
  return sweeps.names().flatMap((experiment): HomeSweep[] => {
    try {
      const cells = sweeps.sweep(experiment)?.cells ?? [];
      const fresh = cells.filter(({ doneAt }) => doneAt >= since && doneAt !== "").length;
      const isOpen = cells.some(({ state }) => state === "running" || state === "pending" || state === "stopped");
      return fresh > 0 || isOpen ? [{ experiment, fresh, counts: tally(cells.map(({ state }) => state)) }] : [];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}

/** Why a run failed: what it said itself, or the last line that it wrote under a sweep's runner. */
export function whyOf(reader: Reader, sweeps: SweepFiles, id: string): string {
  const events = reader.events(id);
  const told = events.findLast(({ kind }) => kind === "error")?.message;
  return told ?? sweeps.logTail(provenanceOf(events).stage).trimEnd().split("\n").at(-1) ?? "";
}

/**
 * @param since ISO 8601
 * @param judged since a time; left out: asked anew
 */
export function homeOf(
  reader: Reader,
  sweeps: SweepFiles,
  since: string,
  judged = (time: string): Judged => judgedSince(reader, time),
): Home {
  const runs = reader.runsSince(since).reverse();
  const fresh = reader.newEvaluations(since);
  const experiments = reader.experiments().map((experiment) => {
    const verdict = notesOf(reader, experiment.name).findLast((note) => note.verdict !== null) ?? null;
    return { ...experiment, verdict, fresh: fresh[experiment.name] ?? 0 };
  });
  const evaluations = experiments.reduce((sum, experiment) => sum + experiment.fresh, 0);
  const withStatus = (status: string) => runs.filter((run) => run.status === status);
  const failures = withStatus("failed").slice(0, maxListed);
  return {
    since,
    experiments,
    counts: {
      runs: runs.length,
      evaluations,
      finished: withStatus("done").length,
      running: withStatus("running").length,
    },
    runs: [...withStatus("running"), ...runs.filter((run) => run.status !== "running")].slice(0, maxListed).map(brief),
    failures: failures.map((run) => ({ ...brief(run), why: whyOf(reader, sweeps, run.id) })),
    ...judged(since),
    undecided: experiments.flatMap(({ name, fresh: count, verdict }) => {
      return count > 0 && (verdict === null || verdict.at < since) ? [name] : [];
    }),
    sweeps: sweepsOf(sweeps, since),
  };
}
