/**
 * @file A store to look at before there is one: the figures that ship, with training curves and samples, as JSON beside them.
 */
import { readFileSync } from "node:fs";
import { userError } from "../../base/errors.js";
import type { Store } from "../file/open.js";
import type { RoundRecord } from "../read.js";
import type { RunRecord, SampleRow, TrainPoint } from "../rows.js";
import { addKnown, type Known } from "./known.js";

export const demoFormat = 1;

export interface Demo {
  readonly format: number;
  readonly question: string;
  readonly runs: readonly RunRecord[];
  readonly rounds: readonly RoundRecord[];
  readonly points: readonly { readonly runId: string; readonly rows: readonly TrainPoint[] }[];
  /** By an evaluation's key. */
  readonly samples: readonly { readonly key: string; readonly rows: readonly SampleRow[] }[];
}

/** Throws UserError where the file is not there, or not of this format. */
export function readDemo(path: string): Demo {
  try {
    const value = JSON.parse(readFileSync(path, "utf8"));
    if (value.format !== demoFormat) throw new Error(`format ${value.format}`);
    return value;
  } catch (cause) {
    throw userError(
      path,
      `the file must be JSON of format ${demoFormat}`,
      (cause as Error).message,
      "Fetch it again.",
      cause,
    );
  }
}

/** What ships of their checkpoints as rows of the runs that trained them, too: figures come with the runs that made the figures alone. */
function trainedRows({ checkpoints }: Known, runs: readonly RunRecord[]) {
  const firstTeacher = runs.find(({ round }) => round === 1)?.teacherHash;
  return runs.flatMap(({ id, stage, round, teacherHash }) => {
    const own = checkpoints.filter((c) =>
      stage === "round" ? c.round === round && c.teacherHash === teacherHash : c.hash === firstTeacher,
    );
    return own.map((row) => ({ ...row, runId: id }));
  });
}

/** Fills an empty store. */
export function addDemo(store: Store, known: Known, { question, runs, rounds, points, samples }: Demo): void {
  addKnown(store, known);
  for (const run of runs) {
    const { status, attempt: _, heartbeatAt, finishedAt, ...row } = run;
    store.startRun(row);
    if (status !== "running") store.finishRun(run.id, status, finishedAt ?? heartbeatAt);
  }
  for (const row of trainedRows(known, runs)) store.addCheckpoint(row);
  for (const round of rounds) store.saveRound(round);
  for (const { runId, rows } of points) store.addTrainPoints(runId, rows);
  const bySample = new Map(samples.map(({ key, rows }) => [key, rows]));
  for (const { key, ...row } of known.evaluations) {
    const rows = bySample.get(key);
    if (rows) store.saveEvaluation(row, rows);
  }
  for (const name of new Set(runs.map(({ experiment }) => experiment))) store.saveExperiment({ name, question });
}
