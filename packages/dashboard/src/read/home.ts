/**
 * @file What is new since a date: runs, finished cells, the best changes, failures; and each experiment with its verdict.
 */
import { type ExperimentRecord, type NoteRecord, type RoundSummary, type RunRecord, UserError } from "@sdtt/core/store";
import { groupBy } from "../charts/data/lines.js";
import { betterFirst, kindOf, timesBetter } from "../charts/data/metrics.js";
import { provenanceOf } from "./run.js";
import type { Reader } from "./stores/merged.js";
import { tally } from "./sweepAxes.js";
import type { SweepFiles } from "./sweepFiles/submitted.js";

/** The best new value at a step count beside the best one there was. */
export interface Change {
  readonly experiment: string;
  readonly metric: string;
  readonly definition: string;
  readonly steps: number;
  readonly round: number;
  readonly value: number;
  readonly entropy: number | null;
  /** Null: nothing was measured there before. */
  readonly before: { readonly round: number; readonly value: number; readonly entropy: number | null } | null;
  /** How many times better; below 1 worse. */
  readonly times: number | null;
}

export type BriefRun = Pick<
  RunRecord,
  "id" | "name" | "experiment" | "stage" | "round" | "status" | "startedAt" | "heartbeatAt"
>;

export interface Home {
  readonly since: string;
  readonly experiments: readonly (ExperimentRecord & { readonly verdict: NoteRecord | null; readonly fresh: number })[];
  readonly counts: {
    readonly runs: number;
    readonly evaluations: number;
    readonly finished: number;
    readonly running: number;
  };
  readonly runs: readonly BriefRun[];
  readonly failures: readonly (BriefRun & { readonly why: string })[];
  readonly changes: readonly Change[];
  readonly sweeps: readonly HomeSweep[];
}

/** A submitted sweep: how many of its cells are in which state, and how many were finished since. */
export interface HomeSweep {
  readonly experiment: string;
  readonly fresh: number;
  readonly counts: Readonly<Record<string, number>>;
}

const maxListed = 20;

const brief = ({ id, name, experiment, stage, round, status, startedAt, heartbeatAt }: RunRecord): BriefRun => {
  return { id, name, experiment, stage, round, status, startedAt, heartbeatAt };
};

const measured = (s: RoundSummary): number =>
  (kindOf(s.metric).scale === "log" ? s.geometricMean : s.mean) ?? Number.NaN;

function best(rows: readonly RoundSummary[]): RoundSummary | undefined {
  const usable = rows.filter((s) => Number.isFinite(measured(s)));
  return usable.sort((a, b) => betterFirst(a.metric)(measured(a), measured(b)))[0];
}

/** Of a measure that was redefined, only rows by its newest version: older numbers are not comparable with them. */
function newestDefinitions(summaries: readonly RoundSummary[]): RoundSummary[] {
  const split = (definition: string): [string, number] => {
    const [, name = definition, version = "0"] = /^(.*)@(\d+)$/.exec(definition) ?? [];
    return [name, Number(version)];
  };
  const newest = new Map<string, number>();
  const place = (s: RoundSummary) => `${s.experiment}\n${split(s.definition)[0]}`;
  for (const s of summaries) newest.set(place(s), Math.max(newest.get(place(s)) ?? 0, split(s.definition)[1]));
  return summaries.filter((s) => split(s.definition)[1] === newest.get(place(s)));
}

/** For each experiment, measure and step count with something new: the best of the new beside the best of the old. */
function changesOf(summaries: readonly RoundSummary[]): Change[] {
  const places = groupBy(newestDefinitions(summaries), (s) =>
    [s.experiment, s.definition, s.judgeHash, s.steps].join("\n"),
  );
  const changes = [...places.values()].flatMap((rows): Change[] => {
    const after = best(rows.filter((s) => s.fresh > 0));
    const old = best(rows.filter((s) => s.fresh === 0)) ?? best(rows.filter((s) => s.round === 0 && s !== after));
    if (after === undefined) return [];
    const { experiment, metric, definition, steps, round, entropy } = after;
    const value = measured(after);
    const before = old === undefined ? null : { round: old.round, value: measured(old), entropy: old.entropy };
    const times = before === null || before.value === 0 ? null : timesBetter(metric, value, before.value);
    return [{ experiment, metric, definition, steps, round, value, entropy, before, times }];
  });
  return changes.sort((a, b) => (b.times ?? 0) - (a.times ?? 0));
}

/** One change an experiment and measure: the largest. */
function largest(changes: readonly Change[]): Change[] {
  const seen = new Set<string>();
  return changes.filter(({ experiment, definition }) => {
    const key = `${experiment}\n${definition}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

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
function whyOf(reader: Reader, sweeps: SweepFiles, id: string): string {
  const events = reader.events(id);
  const told = events.findLast(({ kind }) => kind === "error")?.message;
  return told ?? sweeps.logTail(provenanceOf(events).stage).trimEnd().split("\n").at(-1) ?? "";
}

/** @param since ISO 8601 */
export function homeOf(reader: Reader, sweeps: SweepFiles, since: string): Home {
  const runs = reader.runsSince(since).reverse();
  const summaries = reader.summariesSince(since);
  const fresh = reader.newEvaluations(since);
  const experiments = reader.experiments().map((experiment) => {
    const verdict = reader.notes(experiment.name).findLast((note) => note.verdict !== null) ?? null;
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
    changes: largest(changesOf(summaries)).slice(0, maxListed),
    sweeps: sweepsOf(sweeps, since),
  };
}
