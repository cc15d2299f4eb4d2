/**
 * @file A puzzle's teacher and the students of its rounds: runs like any others, with checkpoints, points and lineage.
 *
 * They are trained by what `pretrain` and `round` train with. Only the text is another: rows that may not be cut, of a
 * vocabulary that no tokenizer has.
 */
import type { TensorMap } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import type { Engine } from "@sdtt/core/engine";
import { ditPreset, type ModelConfig, modelParameters } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { adamwDefaults } from "@sdtt/core/optim";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import { roundFolder } from "@sdtt/core/workspace";
import { alphaTask, roundStep, roundTask } from "@sdtt/distill/method";
import { openRun, type RunFacts, refuseChanged, resumeState } from "@sdtt/distill/runs";
import { freshState, pretrainTask, type Task, type TrainState, train } from "@sdtt/distill/training";
import { shardOf } from "../world.js";
import { couplingTask, withNoiseIds } from "./coupling.js";
import type { Options } from "./options.js";
import type { Puzzle } from "./squares.js";

export interface Model {
  readonly run: string;
  readonly round: number;
  readonly seed: number;
  readonly hash: string;
  readonly lineage: readonly string[];
  readonly config: ModelConfig;
  /** The moving average: what is sampled, and what teaches. */
  readonly weights: TensorMap;
  /** For the next round to go on from. */
  readonly state: TrainState;
}

export interface Context {
  readonly engine: Engine;
  readonly o: Options;
  readonly configHash: string;
  readonly command: string;
}

/** An experiment a puzzle: figures of two are never pooled. */
export const experimentOf = ({ name }: Pick<Puzzle, "name">): string => `puzzle-${name}`;

/** Rows of an update. */
const sequences = 64;
const muon = { momentum: 0.95 };

/** Ids of noise are never drawn. */
export function denoiserOf(engine: Engine, { tokens }: Puzzle, { config, weights }: Model): Denoiser {
  const denoiser = openDenoiser(engine, { ...config, dropout: 0 } as ModelConfig, weights);
  const { vocabSize: V } = denoiser;
  return {
    ...{ vocabSize: V, maskId: denoiser.maskId, length: denoiser.length, dispose: () => denoiser.dispose() },
    async logits(xt, rows, positions) {
      const logits = await denoiser.logits(xt, rows, positions);
      for (let at = 0; at < logits.length; at += V) logits.fill(-1e4, at + tokens, at + V - 1);
      return logits;
    },
  };
}

function modelOf({ tokens, length }: Puzzle, { width, blocks, heads, bins }: Options): ModelConfig {
  return ditPreset("embedded", { vocabSize: tokens + bins + 1, length, width, blocks, heads });
}

/** What decides a model of round r: a change of it is another run. */
function configOf(puzzle: Puzzle, o: Options, round: number) {
  const { width, blocks, heads, updates, lr, roundUpdates, roundLr, initialSteps, divergence, objective, alpha, bins } =
    o;
  const told = bins > 0 ? { bins } : {};
  const teacher = { puzzle: puzzle.name, width, blocks, heads, updates, lr, weights: "ema", ...told };
  const learned = objective === "sdtt" ? {} : { objective, ...(objective === "alpha" && { alpha }) };
  return round === 0 ? teacher : { ...teacher, roundUpdates, roundLr, initialSteps, divergence, ...learned };
}

interface StageOptions {
  readonly round: number;
  readonly seed: number;
  readonly dt: number;
  readonly updates: number;
  readonly lr: number;
  readonly warmup: number;
  readonly before?: Model;
  task(): Task;
  start(): TrainState;
}

/** Trains what is not trained yet, and gives the model. Throws   Stopped where it was asked to stop */
async function trained(context: Context, puzzle: Puzzle, stage: StageOptions): Promise<Model> {
  const { engine, o, configHash, command } = context;
  const { round, seed, dt, updates, lr, warmup, before } = stage;
  const run = `${puzzle.name}-seed-${seed}`;
  const folder = roundFolder(o.root, run, round);
  const found = resumeState(folder);
  const config = configOf(puzzle, o, round);
  const { tokenizerHash, corpusHash } = shardOf(puzzle);
  const model = modelOf(puzzle, o);
  const lineage = before ? [...before.lineage, before.hash] : [];
  if (found) refuseChanged(`puzzle ${run}, round ${round}`, found.facts.config, config);
  const modelFrom = (state: TrainState): Model => {
    return { run, round, seed, hash: weightsHash(state.ema), lineage, config: model, weights: state.ema, state };
  };
  if (found && found.state.update >= updates) return modelFrom(found.state);
  const facts: RunFacts = {
    ...{
      stage: round === 0 ? "pretrain" : "round",
      run,
      round,
      experiment: experimentOf(puzzle),
      command,
      updates,
      seed,
    },
    ...{ model, tokenizerHash, corpusHash, dt, lineage, config, configHash },
  };
  const opened = openRun(o.root, facts, engine);
  let end = found?.state;
  await opened.during(
    async () => {
      const schedule = { name: "cosine", peak: lr, warmup, updates } as const;
      const settings = { updates, schedule, adamw: { ...adamwDefaults, emaDecay: 0.999, muon }, checkpointEvery: 500 };
      end = await train(engine, stage.task(), found?.state ?? stage.start(), settings, opened.hooks);
      return end.update >= updates ? "done" : "stopped";
    },
    () => "stopped; the same command goes on from there",
  );
  return modelFrom(end as TrainState);
}

const textOf = (puzzle: Puzzle, seed: number) => ({
  shard: shardOf(puzzle),
  sequences,
  length: puzzle.length,
  seed,
});

export function teacherOf(context: Context, puzzle: Puzzle, seed: number): Promise<Model> {
  const { o } = context;
  const config = modelOf(puzzle, o);
  const easy = { updates: 0, from: 0, to: 1 };
  const masking = { name: "count", complementary: false } as const;
  return trained(context, puzzle, {
    ...{ round: 0, seed, dt: 0, updates: o.updates, lr: o.lr, warmup: 100 },
    task: () => ({
      ...pretrainTask(config, textOf(puzzle, seed), config.vocabSize - 1, { easy, masking }),
      label: `${puzzle.name}, teacher ${seed}`,
    }),
    start: () => freshState(initialise(modelParameters(config), seed), { muon }),
  });
}

/** What a round learns. */
function taskOf(o: Options, puzzle: Puzzle, before: Model, teacher: Denoiser, round: number): Task {
  const text = textOf(puzzle, before.seed);
  if (o.objective === "coupling") return couplingTask(puzzle, before.config, text, o.bins, round);
  if (o.objective === "alpha") return alphaTask(before.config, text, { round, k: o.alpha });
  const dt = roundStep(o.initialSteps, 2, round);
  return roundTask(teacher, before.config, text, { round, dt, substeps: 2, grid: "paper", divergence: o.divergence });
}

/** The student of the round after `before`, which is its teacher. */
export async function studentOf(context: Context, puzzle: Puzzle, before: Model): Promise<Model> {
  const { o, engine } = context;
  const round = before.round + 1;
  const dt = roundStep(o.initialSteps, 2, round);
  const teacher = denoiserOf(engine, puzzle, before);
  const student = await trained(context, puzzle, {
    ...{ round, seed: before.seed, dt, updates: o.roundUpdates, lr: o.roundLr, warmup: 20, before },
    task: () => ({
      ...taskOf(o, puzzle, before, teacher, round),
      label: `${puzzle.name}, round ${round} of ${before.seed}`,
    }),
    start: () => {
      const isFirst = o.objective === "coupling" && round === 1;
      const model = isFirst ? withNoiseIds(before.weights, puzzle, o.bins) : before.weights;
      return { ...before.state, update: 0, model };
    },
  });
  teacher.dispose();
  return student;
}
