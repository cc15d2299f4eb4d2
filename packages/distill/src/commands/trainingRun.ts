/**
 * @file What pre-training and a round do alike: begin a run or go on with it, train to its end, say how it ended.
 */
import type { CheckpointState } from "@sdtt/core/checkpoint";
import type { Engine } from "@sdtt/core/engine";
import { checkLength, type PreparedData } from "../runs/data.js";
import { refuseOtherText } from "../runs/resume.js";
import { openRun, type RunFacts } from "../runs/run.js";
import type { DataOptions } from "../training/pretrainTask.js";
import type { Task } from "../training/task.js";
import { type TrainState, train } from "../training/train.js";
import { adamwOf, scheduleOf } from "./options.js";

/** The options that decide how long a run trains, and on how much at once. */
export type TrainingOptions = Parameters<typeof scheduleOf>[0] &
  Parameters<typeof adamwOf>[0] & {
    readonly root: string;
    readonly sequences: number;
    readonly microbatch?: number | undefined;
    readonly headChunk?: number | undefined;
    readonly seed: number;
    readonly checkpointEvery: number;
  };

export type TrainingRun = ReturnType<typeof openTrainingRun>;

/**
 * Opens the run that `facts` describes; from here on it is in the store and locked.
 *
 * @param begun what a checkpoint of it says, where it was begun before
 *
 * Throws   UserError where its text is another than it began with, or fills no row
 */
export function openTrainingRun(
  where: string,
  o: TrainingOptions,
  engine: Engine,
  facts: RunFacts,
  { train: shard }: PreparedData,
  begun: CheckpointState | undefined,
) {
  if (begun) refuseOtherText(where, begun, facts);
  checkLength(where, shard, facts.model.length);
  const { sequences, microbatch, seed } = o;
  const sizes: DataOptions = { shard, sequences, microbatch, length: facts.model.length, seed };
  return { ...openRun(o.root, facts, engine), engine, o, sizes };
}

/** Trains on from `start` until the run's updates are done, or it is asked to stop. */
export async function trainToEnd({ engine, o, hooks }: TrainingRun, task: Task, start: TrainState) {
  const { updates, checkpointEvery, headChunk = task.headChunk } = o;
  const settings = { updates, schedule: scheduleOf(o), adamw: adamwOf(o), checkpointEvery };
  const end = await train(engine, { ...task, headChunk }, start, settings, hooks);
  return { end, ended: end.update >= updates ? ("done" as const) : ("stopped" as const) };
}
