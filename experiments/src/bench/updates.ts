/**
 * @file Updates as `pretrain` and `round` make them, timed from one to the next: batch, noise, teacher and step.
 *
 * The loop is the trainer's own. Only reading a prepared file and writing checkpoints are left out.
 */
import {
  adamwDefaults,
  type Engine,
  modelParameters,
  openDenoiser,
  specsOf,
  type TensorMap,
  zerosLike,
} from "@sdtt/core";
import { freshState, pretrainTask, roundTask, type Task, train } from "@sdtt/distill";
import { randomShard } from "../realSize/cases.js";
import { modelOf, type Options } from "./options.js";
import { countingCompiles, type Timing, timingOf } from "./timing.js";

export interface TimedUpdates {
  readonly timing: Timing;
  /** Of the programs of one capacity after the other, as batches ask for them. */
  readonly compileMs: number;
  readonly programs: number;
  /** Largest resident set so far, when the last update was done. */
  readonly peakMiB: number;
}

/** Rows of random ids: a few batches' worth. */
function textOf({ vocab, length, sequences }: Options) {
  return { shard: randomShard(vocab, (8 * sequences + 1) * length), sequences, length, seed: 1 };
}

const peak = () => Math.round(process.resourceUsage().maxRSS / 1024);

/** There are fewer buckets of rows and positions than this. */
const mostCompiling = 100;

/** Runs updates until `repeats` of them compiled nothing; the trainer asks whether to stop before each. */
async function timedTask(engine: Engine, task: Task, weights: TensorMap, repeats: number): Promise<TimedUpdates> {
  const counting = countingCompiles(engine);
  const times: number[] = [];
  let [started, programs, peakMiB] = [Number.NaN, 0, 0];
  const stopping = () => {
    const now = performance.now();
    const isWarm = counting.compiled.programs === programs && programs > 0;
    if (isWarm) times.push(now - started);
    [started, programs, peakMiB] = [performance.now(), counting.compiled.programs, peak()];
    return times.length >= repeats;
  };
  const schedule = { name: "constant", peak: 1e-4, warmup: 0, updates: 1 } as const;
  const most = repeats + mostCompiling;
  const settings = { updates: most, schedule, adamw: adamwDefaults, checkpointEvery: most + 1 };
  const start = freshState(weights, zerosLike(specsOf(modelParameters(task.model))));
  await train(counting, task, start, settings, { onPoints: () => {}, onCheckpoint: async () => {}, stopping });
  const { ms } = counting.compiled;
  return { timing: timingOf(times, task.tokensPerUpdate), compileMs: Math.round(ms), programs, peakMiB };
}

/** Round 0 of masked diffusion. */
export function mdlmUpdate(engine: Engine, o: Options, weights: TensorMap): Promise<TimedUpdates> {
  const model = modelOf(o);
  const task = pretrainTask(model, textOf(o), model.vocabSize - 1, { updates: 0, from: 0, to: 1 });
  return timedTask(engine, task, weights, o.repeats);
}

/** Δ = 1/1024 under reverse KL, the teacher the student as it begins. */
export async function sdttUpdate(engine: Engine, o: Options, weights: TensorMap): Promise<TimedUpdates> {
  const model = modelOf(o);
  const teacher = openDenoiser(engine, model, weights);
  const round = { round: 1, divergence: "reverse-kl", dt: 1 / 1024, substeps: o.substeps, grid: "paper" } as const;
  const task = roundTask(teacher, model, textOf(o), round);
  return timedTask(engine, task, weights, o.repeats).finally(() => teacher.dispose());
}
