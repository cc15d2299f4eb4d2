/**
 * @file The training loop, for pre-training and for rounds alike: batch → update → points, checkpoints, progress.
 *
 * What differs between the two is a `Task`. Everything that decides the next update is in the checkpoint or derived
 * from (seed, update), so that a resumed run goes on byte for byte as the uninterrupted one.
 */
import {
  type AdamWOptions,
  adamwScalarSpecs,
  adamwScalars,
  type BatchCursor,
  type Engine,
  grouped,
  groupOf,
  type LearningRateSchedule,
  learningRateAt,
  type ModelConfig,
  modelParameters,
  type Program,
  type Specs,
  specsOf,
  startProgress,
  type TensorMap,
  type TensorsByName,
  updateFunction,
  updateStateSpecs,
  userError,
} from "@sdtt/core";
import type * as tf from "@tensorflow/tfjs-core";

export interface Batch {
  readonly inputs: TensorMap;
  /** Rows the vocabulary head is computed for; one program is compiled per capacity. */
  readonly capacity: number;
  readonly cursor: BatchCursor;
}

export interface Task {
  readonly label: string;
  readonly model: ModelConfig;
  /** Clean tokens consumed by one update. */
  readonly tokensPerUpdate: number;
  inputSpecs(capacity: number): Specs;
  loss(params: TensorsByName, inputs: TensorsByName): tf.Scalar;
  /** The batch of update n (counting from 1): a pure function of n and the cursor. */
  batch(n: number, cursor: BatchCursor): Promise<Batch>;
  /** Loss on held-out text under these weights, nats per token. */
  validate?(weights: TensorMap): Promise<number>;
}

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
  /** `adam.m/…` and `adam.v/…`. */
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
}

export interface Hooks {
  onPoints(points: readonly TrainPoint[]): void;
  onCheckpoint(state: TrainState): Promise<void>;
  /** True once the run should stop after the current update. */
  stopping(): boolean;
}

class Updater {
  readonly #programs = new Map<number, Program>();
  readonly #specs: Specs;
  #owner: Program | undefined;

  constructor(
    readonly engine: Engine,
    readonly task: Task,
    readonly adamw: AdamWOptions,
    readonly initial: TensorMap,
  ) {
    this.#specs = updateStateSpecs(specsOf(modelParameters(task.model)));
  }

  /** The program of a capacity; all of them run on one state. */
  async program(capacity: number): Promise<Program> {
    const known = this.#programs.get(capacity);
    if (known) return known;
    const signature = {
      name: `${this.task.label}[${capacity}]`,
      inputs: { ...this.task.inputSpecs(capacity), ...adamwScalarSpecs },
      state: this.#specs,
    };
    const fn = updateFunction((params, inputs) => this.task.loss(params, inputs), this.adamw);
    const program = await this.engine.compile(fn, signature, { shareStateOf: this.#owner });
    if (!this.#owner) {
      program.load(this.initial);
      this.#owner = program;
    }
    this.#programs.set(capacity, program);
    return program;
  }

  async state(): Promise<TensorMap> {
    return (this.#owner as Program).state();
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
  }
}

const pointsPerWrite = 10;

/** Runs updates until `updates` are done or `stopping()`; the state returned has been checkpointed. */
export async function train(
  engine: Engine,
  task: Task,
  start: TrainState,
  options: TrainOptions,
  hooks: Hooks,
): Promise<TrainState> {
  const initial = { ...grouped("model", start.model), ...grouped("ema", start.ema), ...start.optimizer };
  const updater = new Updater(engine, task, options.adamw, initial);
  const { label } = task;
  const progress = startProgress({ label, total: options.updates, unit: "updates", from: start.update });
  let { update, cursor } = start;
  let pending: TrainPoint[] = [];
  let saved = start;
  const flush = () => {
    if (pending.length > 0) hooks.onPoints(pending);
    pending = [];
  };
  const snapshot = async (): Promise<TrainState> => {
    const state = await updater.state();
    const optimizer = {
      ...grouped("adam.m", groupOf("adam.m", state)),
      ...grouped("adam.v", groupOf("adam.v", state)),
    };
    const optimizerUpdate = start.optimizerUpdate + update - start.update;
    return { update, optimizerUpdate, cursor, model: groupOf("model", state), ema: groupOf("ema", state), optimizer };
  };
  const checkpoint = async () => {
    saved = await snapshot();
    if (task.validate) {
      const validationLoss = await task.validate(saved.ema);
      pending = pending.map((point) => (point.update === update ? { ...point, validationLoss } : point));
      progress.update(update, `validation ${validationLoss.toFixed(4)}`);
    }
    flush();
    await hooks.onCheckpoint(saved);
  };
  try {
    while (update < options.updates && !hooks.stopping()) {
      const started = performance.now();
      const next = update + 1;
      const batch = await task.batch(next, cursor);
      const learningRate = learningRateAt(next, options.schedule);
      const program = await updater.program(batch.capacity);
      const seen = start.optimizerUpdate + next - start.update;
      const outputs = await program.run({ ...batch.inputs, ...adamwScalars(seen, learningRate, options.adamw) });
      const loss = Number(outputs.loss?.data[0]);
      const gradNorm = Number(outputs.gradNorm?.data[0]);
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
      progress.update(update, `loss ${loss.toFixed(3)}`);
      if (update % options.checkpointEvery === 0 && update < options.updates) await checkpoint();
      else if (pending.length >= pointsPerWrite && update < options.updates) flush();
    }
    if (update > saved.update) await checkpoint();
    return saved;
  } finally {
    flush();
    progress.done();
    updater.dispose();
  }
}

/** The state before the first update. */
export function freshState(model: TensorMap, zeros: TensorMap): TrainState {
  const optimizer = { ...grouped("adam.m", zeros), ...grouped("adam.v", zeros) };
  return { update: 0, optimizerUpdate: 0, cursor: { epoch: 0, index: 0 }, model, ema: model, optimizer };
}
