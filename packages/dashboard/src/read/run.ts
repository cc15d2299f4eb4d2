/**
 * @file One run in full: its config, log, evaluations, its difference to the commit, and the line of teachers.
 */

import { userError } from "@sdtt/core/base";
import { formatNumber } from "@sdtt/core/statistics";
import type { CheckpointRecord, EvaluationRecord, EventRecord, RunRecord } from "@sdtt/core/store";
import { unique } from "../charts/data/lines.js";
import { itemOf, type RunItem } from "./runs.js";
import { drawnOf, runWords } from "./names.js";
import type { Reader } from "./stores/merged.js";
import type { SweepFiles } from "./sweepFiles/submitted.js";

/** A checkpoint in the line from teacher over rounds, with the runs that evaluated it. */
export interface LineageNode {
  readonly runId: string;
  readonly stage: string;
  readonly round: number;
  readonly status: string;
  readonly hash: string;
  /** `ancestor`: a teacher, its teacher, …; `student`: one whose teacher this run's checkpoint is. */
  readonly relation: "ancestor" | "this" | "student";
  /** Of the run that made it, in words. */
  readonly name: string;
  readonly evaluatedBy: readonly { readonly id: string; readonly name: string }[];
}

/** What happened, in order. */
export interface LogLine {
  readonly at: string;
  readonly text: string;
}

export interface RunDetail {
  readonly item: RunItem;
  readonly config: Readonly<Record<string, unknown>>;
  readonly log: readonly LogLine[];
  readonly logLeftOut: number;
  /** The end of what its process wrote, where a sweep's runner kept it. */
  readonly output: string;
  /** How the code differed from its commit; null where nobody kept that. */
  readonly patch: string | null;
  readonly evaluations: readonly EvaluationRecord[];
  /** Key of an evaluation → how many samples it kept. */
  readonly kept: Readonly<Record<string, number>>;
  readonly lineage: readonly LineageNode[];
}

const logTail = 200;
const patchCharacters = 200_000;

/** Evaluations that a run made, and those made of its checkpoints. */
export function evaluationsOf(reader: Reader, runId: string): EvaluationRecord[] {
  const own = reader.evaluations({ runId, control: "any" });
  const hashes = unique(reader.checkpoints({ runId }).map(({ hash }) => hash));
  const made = hashes.flatMap((subjectHash) => reader.evaluations({ subjectHash, control: "any" }));
  const all = new Map([...own, ...made].map((e) => [e.key, e]));
  return [...all.values()].sort((a, b) => (a.steps ?? 0) - (b.steps ?? 0) || a.seed - b.seed);
}

const maxRelated = 20;

function nodeOf(reader: Reader, { runId, round, hash }: CheckpointRecord, relation: LineageNode["relation"]) {
  const made = reader.run(runId);
  const nameOf = (id: string, run = reader.run(id)) => (run ? runWords({ ...run, drawn: drawnOf(run.config) }) : id);
  const evaluators = unique(reader.evaluations({ subjectHash: hash, control: "any" }).map((e) => e.runId));
  const evaluatedBy = evaluators.slice(0, maxRelated).map((id) => ({ id, name: nameOf(id) }));
  const about = { stage: made?.stage ?? "unknown", status: made?.status ?? "unknown", name: nameOf(runId, made) };
  return { runId, round, hash, ...about, relation, evaluatedBy };
}

/** From the oldest teacher that is known, over this run, to the students of its last checkpoint. */
function lineageOf(reader: Reader, run: RunRecord, evaluations: readonly EvaluationRecord[]): LineageNode[] {
  const saved = reader.checkpoints({ runId: run.id }).map(({ hash }) => hash);
  const own = saved.at(-1) ?? evaluations[0]?.subjectHash;
  const start = own ?? run.teacherHash;
  if (start === null) return [];
  const line = reader.lineage(start).reverse();
  const nodes = line.map((made) => nodeOf(reader, made, made.runId === run.id ? "this" : "ancestor"));
  const oldest = line[0]?.teacherHash ?? (line.length === 0 ? start : null);
  const unknown = { runId: "", stage: "teacher", round: 0, status: "not in the store", name: "" };
  const first = oldest === null ? [] : [{ ...unknown, hash: oldest, relation: "ancestor" as const, evaluatedBy: [] }];
  const runs = reader.runs({ experiment: run.experiment });
  const teachers = new Set([...saved, own]);
  const students = runs
    .filter(({ teacherHash, stage }) => stage === "round" && teacherHash !== null && teachers.has(teacherHash))
    .slice(0, maxRelated);
  const made = students.flatMap(({ id }) => reader.checkpoints({ runId: id }).slice(-1));
  return [...first, ...nodes, ...made.map((checkpoint) => nodeOf(reader, checkpoint, "student"))];
}

/** Events, and what the store knows of start, checkpoints, evaluations and end. */
function logOf(
  reader: Reader,
  run: RunRecord,
  own: readonly EvaluationRecord[],
  events: readonly EventRecord[],
): LogLine[] {
  const attempt = run.attempt === 1 ? "" : ` (attempt ${run.attempt} by now)`;
  const started = { at: run.startedAt, text: `started on ${run.machine}${attempt}` };
  const ended = run.finishedAt === null ? [] : [{ at: run.finishedAt, text: run.status }];
  const saved = reader.checkpoints({ runId: run.id }).map(({ createdAt, update, weights, hash }) => {
    return { at: createdAt, text: `checkpoint at update ${update}, ${weights} ${hash.slice(0, 12)}` };
  });
  const judged = own.map(({ createdAt, definition, steps, value }) => {
    return {
      at: createdAt,
      text: `${definition}${steps === null ? "" : ` at ${steps} steps`}: ${formatNumber(value)}`,
    };
  });
  const told = events.map(({ at, kind, message }) => ({ at, text: `${kind}: ${message}` }));
  const lines = [started, ...saved, ...judged, ...told, ...ended];
  return lines.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}

/** The stage of a sweep that the run was, and the code's difference to its commit, as a runner or the run itself kept it. */
export function provenanceOf(events: readonly EventRecord[]): { stage: string; patch: string | null } {
  const dataOf = (wanted: string) => events.findLast(({ kind }) => kind === wanted)?.data;
  const [submitted, own] = [dataOf("provenance"), dataOf("code")];
  const stage = typeof submitted?.stage === "string" ? submitted.stage : "";
  const patches = [submitted?.patch, own?.patch].filter((patch) => typeof patch === "string");
  const found = patches.find((patch) => patch !== "") ?? patches[0];
  const beside = [own?.others, own?.leftOut].flatMap((part) => (part ? [part].flat().join("\n") : []));
  const text = [found, ...beside].filter(Boolean).join("\n");
  return { stage, patch: found === undefined || text === "" ? null : text.slice(0, patchCharacters) };
}

/** Throws UserError when no store has the run. */
export function runDetail(reader: Reader, sweeps: SweepFiles, id: string, now = Date.now()): RunDetail {
  const run = reader.run(id);
  if (run === undefined) throw userError("dashboard", "the run must be in the store", id, "Choose one of the runs.");
  const tags = reader.tags(id).map(({ tag }) => tag);
  const progress = reader.progress().find(({ runId }) => runId === id);
  const evaluations = evaluationsOf(reader, id);
  const makers = unique([id, ...evaluations.map(({ runId }) => runId)]);
  const own = evaluations.filter(({ runId }) => runId === id);
  const events = reader.events(id);
  const log = logOf(reader, run, own, events);
  const { stage, patch } = provenanceOf(events);
  return {
    item: itemOf({ run, tags, progress }, [], now),
    config: run.config,
    log: log.slice(-logTail),
    logLeftOut: Math.max(0, log.length - logTail),
    output: sweeps.logTail(stage),
    patch,
    evaluations,
    kept: Object.assign({}, ...makers.map((maker) => reader.keptSamples(maker))),
    lineage: lineageOf(reader, run, evaluations),
  };
}
