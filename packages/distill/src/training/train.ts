/**
 * @file The training loop, for pre-training and for rounds alike: batch → update → points, checkpoints, progress.
 *
 * What differs between the two is a `Task`. Everything that decides the next update is in the checkpoint or derived
 * from (seed, update), so that a resumed run goes on byte for byte as the uninterrupted one.
 */
import { specsOfTensors, startProgress, type TensorMap, userError } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { zerosLike } from "@sdtt/core/nn";
import {
  type AdamWOptions,
  adamwScalars,
  asCritic,
  grouped,
  groupOf,
  type LearningRateSchedule,
  learningRateAt,
  optimizerOf,
  optimizerSpecs,
  withoutCritic,
} from "@sdtt/core/optim";
import type { BatchCursor } from "@sdtt/core/text";
import { selfConditioned } from "./selfConditioning.js";
import type { Task } from "./task.js";
import { Updater } from "./updater.js";

export interface TrainOptions {
  readonly updates: number;
  readonly schedule: LearningRateSchedule;
  readonly adamw: AdamWOptions;
  readonly checkpointEvery: number;
}

/** All that the next update depends on. */
export interface TrainState {
  readonly update: number;
  /** Updates that the optimizer's moments and the EMA have seen: more than `update` where a round kept them. */
  readonly optimizerUpdate: number;
  readonly cursor: BatchCursor;
  readonly model: TensorMap;
  readonly ema: TensorMap;
  /** `adam.m/…` and `adam.v/…`, and `muon.m/…` in place of both where Muon is used; of a critic its weights too, `model/critic.…`. */
  readonly optimizer: TensorMap;
}

export interface TrainPoint {
  readonly update: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  readonly tokens: number;
  readonly wallMs: number;
  readonly validationLoss?: number;
  readonly validationDefinition?: string;
}

export interface Hooks {
  onPoints(points: readonly TrainPoint[]): void;
  onCheckpoint(state: TrainState): Promise<void>;
  /** True once the run should stop after the current update. */
  stopping(): boolean;
}

const pointsPerWrite = 10;

/** Three digits that say something: losses of a round are 1e-3 to 1e-6. */
export function lossText(loss: number): string {
  const size = Math.abs(loss);
  return size !== 0 && size < 1e-6 ? loss.toExponential(1) : String(Number(loss.toPrecision(3)));
}

/** Runs updates until `updates` are done or `stopping()`; the state returned has been checkpointed. */
export async function train(
  engine: Engine,
  task: Task,
  start: TrainState,
  options: TrainOptions,
  hooks: Hooks,
): Promise<TrainState> {
  const initial = { ...grouped("model", start.model), ...grouped("ema", start.ema), ...start.optimizer };
  const { batch: batchOf } = selfConditioned(task);
  const updater = new Updater(engine, task, options.adamw, initial);
  const { label } = task;
  const progress = startProgress({ label, total: options.updates, unit: "updates", from: start.update });
  let { update, cursor } = start;
  let pending: TrainPoint[] = [];
  // The update only: a state that is kept here would be a second one while the next is made.
  let saved = start.update;
  const flush = () => {
    if (pending.length > 0) hooks.onPoints(pending);
    pending = [];
  };
  const snapshot = async (): Promise<TrainState> => {
    const state = await updater.state();
    const optimizer = optimizerOf(state);
    const optimizerUpdate = start.optimizerUpdate + update - start.update;
    const model = withoutCritic(groupOf("model", state));
    return { update, optimizerUpdate, cursor, model, ema: groupOf("ema", state), optimizer };
  };
  const isRegular = () => update % options.checkpointEvery === 0 || update === options.updates;
  const checkpoint = async (): Promise<TrainState> => {
    const state = await snapshot();
    // Not where a stop happened to come: a run that was stopped has the points of one that was not.
    if (task.validation && isRegular()) {
      const validationLoss = await task.validation.loss(state.ema);
      const found = { validationLoss, validationDefinition: task.validation.definition };
      pending = pending.map((point) => (point.update === update ? { ...point, ...found } : point));
      progress.update(update, `validation ${validationLoss.toFixed(4)}`);
    }
    flush();
    await hooks.onCheckpoint(state);
    saved = update;
    return state;
  };
  try {
    while (update < options.updates && !hooks.stopping()) {
      const started = performance.now();
      const next = update + 1;
      const batch = await batchOf(next, cursor);
      const learningRate = learningRateAt(next, options.schedule);
      const seen = start.optimizerUpdate + next - start.update;
      const scalars = adamwScalars(seen, learningRate, options.adamw);
      const { loss, gradNorm } = await updater.update(batch.parts, scalars, (part) => {
        if (batch.parts.length > 1) progress.update(update, `part ${part} of ${batch.parts.length}`);
      });
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
        const got = `loss ${loss}, gradient norm ${gradNorm} at update ${next}`;
        throw userError(
          label,
          "loss and gradients must stay finite",
          got,
          "Lower --lr; the last checkpoint is intact.",
        );
      }
      update = next;
      cursor = batch.cursor;
      const tokens = update * task.tokensPerUpdate;
      pending.push({ update, loss, learningRate, gradNorm, tokens, wallMs: performance.now() - started });
      progress.update(update, `loss ${lossText(loss)}`);
      if (update % options.checkpointEvery === 0 && update < options.updates) await checkpoint();
      else if (pending.length >= pointsPerWrite && update < options.updates) flush();
    }
    if (update > saved) return await checkpoint();
    return update === start.update ? start : await snapshot();
  } finally {
    flush();
    progress.done();
    updater.dispose();
  }
}

/** A critic's weights as a state holds them, beside what the optimizer keeps. */
export const criticState = (critic: TensorMap): TensorMap => grouped("model", asCritic(critic));

/**
 * The state before the first update.
 *
 * @param critic weights that a critic begins with, where the task has one
 */
export function freshState(
  model: TensorMap,
  options: Pick<AdamWOptions, "muon"> = {},
  critic: TensorMap = {},
): TrainState {
  const learning = specsOfTensors({ ...model, ...asCritic(critic) });
  const optimizer = { ...zerosLike(optimizerSpecs(learning, options)), ...criticState(critic) };
  return { update: 0, optimizerUpdate: 0, cursor: { epoch: 0, index: 0 }, model, ema: model, optimizer };
}
