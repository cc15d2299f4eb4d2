/**
 * @file One run in full: its config, rounds, log, checkpoints, evaluations and the line of teachers it descends from.
 */
import type { CheckpointRecord, EvaluationRecord, EventRecord, RoundRecord, RunRecord } from "@sdtt/core/store";
import { userError } from "@sdtt/core/store";
import type { Reader } from "../stores/merged.js";
import { itemOf, type RunItem } from "./runs.js";

/** A run in the line from teacher over rounds to evaluations. */
export interface LineageNode {
  readonly runId: string;
  readonly stage: string;
  readonly round: number;
  readonly status: string;
  readonly hash: string;
  readonly isThis: boolean;
}

export interface RunDetail {
  readonly item: RunItem;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rounds: readonly RoundRecord[];
  readonly checkpoints: readonly CheckpointRecord[];
  readonly events: readonly EventRecord[];
  readonly eventsLeftOut: number;
  readonly evaluations: readonly EvaluationRecord[];
  /** Key of an evaluation → how many samples it kept. */
  readonly kept: Readonly<Record<string, number>>;
  readonly lineage: readonly LineageNode[];
  /** The same experiment's name or run: what to compare with. */
  readonly siblings: readonly string[];
}

const logTail = 200;

/** Evaluations that a run made, and those made of its checkpoints. */
export function evaluationsOf(reader: Reader, runId: string): EvaluationRecord[] {
  const own = reader.evaluations({ runId });
  const hashes = [...new Set(reader.checkpoints({ runId }).map(({ hash }) => hash))];
  const made = hashes.flatMap((checkpointHash) => reader.evaluations({ checkpointHash }));
  const all = new Map([...own, ...made].map((e) => [e.key, e]));
  return [...all.values()].sort((a, b) => (a.steps ?? 0) - (b.steps ?? 0) || a.seed - b.seed);
}

function lineageOf(reader: Reader, run: RunRecord, evaluations: readonly EvaluationRecord[]): LineageNode[] {
  const checkpoints = reader.checkpoints({ runId: run.id });
  const start = checkpoints.at(-1)?.hash ?? evaluations[0]?.checkpointHash ?? run.teacherHash;
  if (start === null || start === undefined) return [];
  const line = reader.lineage(start).reverse();
  const nodes = line.map(({ runId, round, hash }): LineageNode => {
    const made = reader.run(runId);
    const about = { stage: made?.stage ?? "unknown", status: made?.status ?? "unknown" };
    return { runId, round, hash, ...about, isThis: runId === run.id };
  });
  const oldest = line[0]?.teacherHash ?? (line.length === 0 ? start : null);
  if (oldest === null) return nodes;
  const teacher = { runId: "", stage: "teacher", round: 0, status: "not in the store", hash: oldest, isThis: false };
  return [teacher, ...nodes];
}

/** Throws UserError when no store has the run. */
export function runDetail(reader: Reader, id: string, now = Date.now()): RunDetail {
  const run = reader.run(id);
  if (run === undefined) throw userError("dashboard", "the run must be in the store", id, "Choose one of the runs.");
  const tags = reader.tags(id).map(({ tag }) => tag);
  const progress = reader.progress().find(({ runId }) => runId === id);
  const evaluations = evaluationsOf(reader, id);
  const events = reader.events(id);
  const makers = [...new Set([id, ...evaluations.map(({ runId }) => runId)])];
  return {
    item: itemOf({ run, tags, progress }, [], now),
    config: run.config,
    rounds: reader.rounds(id),
    checkpoints: reader.checkpoints({ runId: id }),
    events: events.slice(-logTail),
    eventsLeftOut: Math.max(0, events.length - logTail),
    evaluations,
    kept: Object.assign({}, ...makers.map((maker) => reader.keptSamples(maker))),
    lineage: lineageOf(reader, run, evaluations),
    siblings: reader
      .runs({ experiment: run.experiment })
      .map((sibling) => sibling.id)
      .slice(0, 500),
  };
}
