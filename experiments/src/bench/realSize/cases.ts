/**
 * @file What is run at real size: one update of round 0 and of a round, sampling, judging. Weights and text are random.
 *
 * The code that runs is that of `pretrain`, `round` and `curve`; only what reads and writes files is left out.
 */
import { float32, randomStream, sizeOf, type TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import { type ModelConfig, modelParameters } from "@sdtt/core/model";
import { type Parameters, parameterCount } from "@sdtt/core/nn";
import { adamwDefaults } from "@sdtt/core/optim";
import { openDenoiser, sampleAncestral } from "@sdtt/core/sampler";
import type { Shard } from "@sdtt/core/text";
import { roundTask } from "@sdtt/distill/method";
import { freshState, pretrainTask, type Task, train } from "@sdtt/distill/training";
import { openScorer } from "@sdtt/eval/judge";
import type { Sizes } from "./sizes.js";

export const caseNames = ["mdlm-update", "sdtt-update", "sample-169m", "sample-863m", "judge-large"] as const;
export type CaseName = (typeof caseNames)[number];

export interface CaseOptions {
  /** Sequences of an update. */
  readonly sequences: number;
  readonly microbatch: number;
  /** Steps of sampling. */
  readonly steps: number;
}

export interface Outcome {
  readonly parameters: number;
  /** Of the work itself, compiling included; making the weights is not. */
  readonly seconds: number;
  /** A figure that shows that something was computed. */
  readonly detail: string;
}

type Case = (engine: Engine, sizes: Sizes, options: CaseOptions) => Promise<Outcome>;

/** Initial values of the right spread, one block of normals over and over: drawing each would take minutes. */
export function cheapWeights(parameters: Parameters): TensorMap {
  const block = randomStream(1, "real-size").normals(2 ** 18);
  const made = Object.entries(parameters).map(([name, { shape, initial }]) => {
    if ("values" in initial) return [name, float32(shape, initial.values)];
    const data = new Float32Array(sizeOf(shape));
    if ("fill" in initial) return [name, float32(shape, data.fill(initial.fill))];
    for (let i = 0; i < data.length; i++) data[i] = initial.std * (block[i % block.length] as number);
    return [name, float32(shape, data)];
  });
  return Object.fromEntries(made);
}

function randomIds(vocabSize: number, count: number): Int32Array {
  const random = randomStream(2, "real-size");
  return Int32Array.from({ length: count }, () => random.integer(vocabSize));
}

export const randomShard = (vocabSize: number, count: number): Shard => {
  return { ids: randomIds(vocabSize, count), count, vocabSize, tokenizerHash: "", corpusHash: "" };
};

const training = (model: ModelConfig) => ({ ...model, dropout: 0.1 }) as ModelConfig;

async function oneUpdate(engine: Engine, task: Task, weights: TensorMap): Promise<Outcome> {
  const parameters = modelParameters(task.model);
  const start = freshState(weights);
  const schedule = { name: "constant", peak: 6e-5, warmup: 0, updates: 1 } as const;
  const settings = { updates: 1, schedule, adamw: adamwDefaults, checkpointEvery: 1 };
  let detail = "";
  const onPoints = ([point]: readonly { loss: number; gradNorm: number }[]) => {
    if (point) detail = `loss ${point.loss.toFixed(3)}, gradient norm ${point.gradNorm.toFixed(3)}`;
  };
  const hooks = { onPoints, onCheckpoint: async () => {}, stopping: () => false };
  const started = performance.now();
  await train(engine, task, start, settings, hooks);
  const seconds = (performance.now() - started) / 1000;
  return { parameters: parameterCount(parameters), seconds, detail };
}

function textOf({ student }: Sizes, { sequences, microbatch }: CaseOptions) {
  const { length, vocabSize } = student;
  return { shard: randomShard(vocabSize - 1, (sequences + 1) * length), sequences, microbatch, length, seed: 1 };
}

async function sampling(engine: Engine, model: Sizes["student"], { steps }: CaseOptions): Promise<Outcome> {
  const parameters = modelParameters(model);
  const denoiser = openDenoiser(engine, model, cheapWeights(parameters));
  const started = performance.now();
  const { nfe } = await sampleAncestral(denoiser, { numSteps: steps, batch: 1, seed: 1 });
  const seconds = (performance.now() - started) / 1000;
  denoiser.dispose();
  return { parameters: parameterCount(parameters), seconds, detail: `${steps} steps, NFE ${nfe[0]}` };
}

export const cases: Record<CaseName, Case> = {
  async "mdlm-update"(engine, sizes, options) {
    const { student } = sizes;
    const task = pretrainTask(training(student), textOf(sizes, options), student.vocabSize - 1, {
      easy: { updates: 0, from: 0, to: 1 },
    });
    return oneUpdate(engine, task, cheapWeights(modelParameters(student)));
  },
  async "sdtt-update"(engine, sizes, options) {
    const { student } = sizes;
    const weights = cheapWeights(modelParameters(student));
    const teacher = openDenoiser(engine, student, weights);
    const round = { round: 1, divergence: "reverse-kl", dt: 1 / 1024, substeps: 2, grid: "paper" } as const;
    const task = roundTask(teacher, training(student), textOf(sizes, options), round);
    return oneUpdate(engine, task, weights).finally(() => teacher.dispose());
  },
  "sample-169m": (engine, { student }, options) => sampling(engine, student, options),
  "sample-863m": (engine, { large }, options) => sampling(engine, large, options),
  async "judge-large"(engine, { judge }) {
    const parameters = modelParameters(judge);
    const scorer = openScorer(engine, judge, cheapWeights(parameters));
    const text = randomIds(judge.vocabSize, judge.length);
    const started = performance.now();
    const [nll = new Float32Array(0)] = await scorer.score([text]);
    const seconds = (performance.now() - started) / 1000;
    scorer.dispose();
    const mean = nll.reduce((sum, x) => sum + x, 0) / nll.length;
    return { parameters: parameterCount(parameters), seconds, detail: `${nll.length} tokens, ${mean.toFixed(2)} nats` };
  },
};
