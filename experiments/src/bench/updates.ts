/**
 * @file Updates as `pretrain` and `round` make them, timed from one to the next: batch, noise, teacher and step.
 *
 * The loop is the trainer's own. Only reading a prepared file and writing checkpoints are left out.
 */
import type { TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { adamwDefaults } from "@sdtt/core/optim";
import { openDenoiser } from "@sdtt/core/sampler";
import { roundTask } from "@sdtt/distill/method";
import { freshState, pretrainTask, type Task, train } from "@sdtt/distill/training";
import { modelOf, type Options } from "./options.js";
import { randomShard } from "./realSize/cases.js";
import { countingCompiles, cpuMs, type Timing, timingOf } from "./timing.js";

export interface TimedUpdates {
  readonly timing: Timing;
  /** ms of each, in order. */
  readonly times: readonly number[];
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

/** Waits until the machine is free, and gives what frees it again. */
export type Turn = () => Promise<() => void>;

/** Turns in the order in which they are asked for: whoever asks again at once is behind all others. */
export function turns(): Turn {
  let last = Promise.resolve();
  return async () => {
    const before = last;
    let free = () => {};
    last = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    return free;
  };
}

/** Runs updates until `repeats` of them compiled nothing, each in a turn; the trainer asks before each whether to stop. */
async function timedTask(
  engine: Engine,
  task: Task,
  weights: TensorMap,
  { repeats }: Options,
  turn: Turn,
): Promise<TimedUpdates> {
  const counting = countingCompiles(engine);
  const [times, cpu]: [number[], number[]] = [[], []];
  let [started, began, programs, peakMiB] = [Number.NaN, process.cpuUsage(), 0, 0];
  let free = () => {};
  const batch: Task["batch"] = async (...asked) => {
    free = await turn();
    [started, began, programs] = [performance.now(), process.cpuUsage(), counting.compiled.programs];
    return task.batch(...asked);
  };
  const stopping = () => {
    const isWarm = counting.compiled.programs === programs && programs > 0;
    if (isWarm) {
      times.push(performance.now() - started);
      cpu.push(cpuMs(began));
    }
    peakMiB = peak();
    free();
    return times.length >= repeats;
  };
  const schedule = { name: "constant", peak: 1e-4, warmup: 0, updates: 1 } as const;
  const most = repeats + mostCompiling;
  const settings = { updates: most, schedule, adamw: adamwDefaults, checkpointEvery: most + 1 };
  const start = freshState(weights);
  const hooks = { onPoints: () => {}, onCheckpoint: async () => {}, stopping };
  await train(counting, { ...task, batch }, start, settings, hooks).finally(() => free());
  const timing = timingOf(times, task.tokensPerUpdate, cpu);
  return { timing, times, compileMs: Math.round(counting.compiled.ms), programs, peakMiB };
}

/** Round 0 of masked diffusion. */
export function mdlmUpdate(
  engine: Engine,
  o: Options,
  weights: TensorMap,
  turn: Turn = turns(),
): Promise<TimedUpdates> {
  const model = modelOf(o);
  const task = pretrainTask(model, textOf(o), model.vocabSize - 1, { easy: { updates: 0, from: 0, to: 1 } });
  return timedTask(engine, task, weights, o, turn);
}

/** Δ = 1/1024 under reverse KL, the teacher the student as it begins. */
export async function sdttUpdate(
  engine: Engine,
  o: Options,
  weights: TensorMap,
  turn: Turn = turns(),
): Promise<TimedUpdates> {
  const model = modelOf(o);
  const teacher = openDenoiser(engine, model, weights);
  const round = { round: 1, divergence: "reverse-kl", dt: 1 / 1024, substeps: o.substeps, grid: "paper" } as const;
  const task = roundTask(teacher, model, textOf(o), round);
  return timedTask(engine, task, weights, o, turn).finally(() => teacher.dispose());
}
