/**
 * @file A denoiser and a text so small that the reference engine trains on them in milliseconds.
 */
import { join } from "node:path";
import { randomStream, type Tensor, type TensorMap } from "@sdtt/core/base";
import { saveCheckpoint } from "@sdtt/core/checkpoint";
import type { Engine } from "@sdtt/core/engine";
import { type ModelConfig, modelParameters, noiseWeight, selfWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import { firstBatch, type Shard, type Tokenizer } from "@sdtt/core/text";
import { toldWeights } from "./method/noiseInput.js";
import { openNoisyTeacher } from "./method/noisyTeacher.js";
import { alphaTask } from "./method/objectives/alpha.js";
import { commitTask } from "./method/objectives/commit.js";
import { gumbelTask } from "./method/objectives/gumbel.js";
import { matchingTask } from "./method/objectives/matching.js";
import { matchingNoise } from "./method/objectives/matchingLook.js";
import { mixtureTask } from "./method/objectives/mixture.js";
import type { OrderName } from "./method/order.js";
import { noisyNullTask, type RoundOptions, roundTask, type TeacherDropout } from "./method/roundTask.js";
import type { LiveStudent } from "./training/liveStudent.js";
import { type DenoiserTraining, pretrainTask } from "./training/pretrainTask.js";
import type { Task } from "./training/task.js";
import { freshState, type Hooks, type TrainPoint, type TrainState } from "./training/train.js";

export const tinyModel: Extract<ModelConfig, { kind: "dit" }> = {
  ...{ kind: "dit", vocabSize: 9, width: 8, blocks: 1, heads: 2, length: 8, conditioning: 4 },
  ...{ dropout: 0.1, causal: false },
};

/** 400 ids in which each follows from the last, more or less. */
function tinyShard(): Shard {
  const random = randomStream(5, "text");
  const ids = new Uint16Array(400);
  for (let i = 1; i < ids.length; i++) ids[i] = ((ids[i - 1] as number) + 1 + Number(random.uniform() < 0.2)) % 8;
  return { ids, count: ids.length, vocabSize: 8, tokenizerHash: "", corpusHash: "" };
}

const data = { shard: tinyShard(), sequences: 4, length: tinyModel.length, seed: 3 };

export const tinyPretrain = (
  microbatch?: number,
  training: Partial<DenoiserTraining> = {},
  own: Pick<TinyOptions, "selfConditioning"> = {},
): Task => {
  const easy = { updates: 3, from: 0.1, to: 0.3 };
  return pretrainTask({ ...tinyModel, ...own }, { ...data, microbatch }, 8, { easy, ...training });
};

/** Random weights; the head's are large enough for predictions that are far from uniform. */
function tinyWeights(): TensorMap {
  const weights = initialise(modelParameters(tinyModel), 7);
  const head = weights["output_layer.linear.weight"] as Tensor;
  const data = (head.data as Float32Array).map((x) => 40 * x);
  return { ...weights, "output_layer.linear.weight": { ...head, data } };
}

interface TinyOptions {
  readonly dropout?: number;
  readonly microbatch?: number;
  readonly order?: OrderName;
  readonly selfConditioning?: boolean;
}

/** A round whose teacher has random weights. */
export function tinyRound(
  engine: Engine,
  options: RoundOptions,
  { dropout = tinyModel.dropout, microbatch, order, ...own }: TinyOptions = {},
): Task {
  const teacher = openDenoiser(engine, tinyModel, tinyWeights());
  return roundTask(teacher, { ...tinyModel, dropout, ...own }, { ...data, microbatch, order }, options);
}

/** A round of commit-time targets. */
export function tinyCommit(engine: Engine, { dropout = tinyModel.dropout, microbatch }: TinyOptions = {}): Task {
  const teacher = openDenoiser(engine, tinyModel, tinyWeights());
  const options = { round: 1, divergence: "jensen-shannon", steps: 3, threshold: 0.5 } as const;
  return commitTask(teacher, { ...tinyModel, dropout }, { ...data, microbatch }, options);
}

/** A null control whose teacher has dropout too. */
export function tinyNoisyNull(engine: Engine, rate: number, dropout: TeacherDropout): Task {
  const teacher = openNoisyTeacher(engine, { ...tinyModel, dropout: dropout.rate }, tinyWeights());
  const options = { round: 1, divergence: "reverse-kl" } as const;
  return noisyNullTask(teacher, { ...tinyModel, dropout: rate }, data, options, dropout);
}

/** A round under AlphaDLM's loss. */
export const tinyAlpha = (k: number, { dropout = tinyModel.dropout, microbatch, ...own }: TinyOptions = {}): Task =>
  alphaTask({ ...tinyModel, dropout, ...own }, { ...data, microbatch }, { round: 1, k });

/** A causal network with random weights, for rows of the tiny text. */
export function tinyCausal(engine: Engine) {
  const model = { ...tinyModel, causal: true, dropout: 0 };
  return openDenoiser(engine, model, initialise(modelParameters(model), 11));
}

const gumbelModel = { ...tinyModel, noise: { law: "gumbel", size: tinyModel.vocabSize - 1 } } as const;

/** A round of coupled draws. */
export const tinyGumbel = (engine: Engine, { dropout = tinyModel.dropout, microbatch }: TinyOptions = {}): Task =>
  gumbelTask(tinyCausal(engine), { ...gumbelModel, dropout }, { ...data, microbatch }, 1);

const mixtureModel = { ...tinyModel, noise: { law: "choice", size: 3 } } as const;

/** A round that learns a mixture of three products. */
export const tinyMixture = ({ dropout = tinyModel.dropout, microbatch }: TinyOptions = {}): Task =>
  mixtureTask({ ...mixtureModel, dropout }, { ...data, microbatch }, { round: 1, parts: 3 });

export const matchingModel = { ...tinyModel, noise: matchingNoise } as const;
const plainModel = { ...tinyModel, dropout: 0 };

/** A round of distribution matching. */
export function tinyMatching(engine: Engine, { dropout = tinyModel.dropout, microbatch }: TinyOptions = {}): Task {
  const teacher = openNoisyTeacher(engine, plainModel, tinyWeights());
  return matchingTask(teacher, { ...matchingModel, dropout }, plainModel, { ...data, microbatch }, 1);
}

/** The beginning of distribution matching, its critic the teacher, or that much apart from it. */
export function tinyMatchingStart(apart = 0): TrainState {
  const weights = tinyWeights();
  const name = "output_layer.linear.weight";
  const own = weights[name] as Tensor;
  const moved = randomStream(5, "apart").normals(own.data.length);
  const critic = { ...weights, [name]: { ...own, data: moved.map((x, i) => apart * x + Number(own.data[i])) } };
  return freshState(toldWeights(weights, tinyModel, matchingModel, 1), {}, critic);
}

export const tinyMixtureStart = (): TrainState => freshState(toldWeights(tinyWeights(), tinyModel, mixtureModel, 1));

/** The beginning of coupled draws: the teacher's weights, and what is told counts for nothing yet, or for something. */
export function tinyToldStart(std = 0): TrainState {
  const weights = toldWeights(tinyWeights(), tinyModel, gumbelModel, 1);
  const told = weights[noiseWeight] as Tensor;
  const random = randomStream(5, "told").normals(told.data.length);
  return freshState({ ...weights, [noiseWeight]: { ...told, data: random.map((x) => std * x) } });
}

/** A self-conditioned network's beginning: what it is told counts for nothing yet, or for something. */
export function tinySelfStart(std = 0): TrainState {
  const weights = toldWeights(tinyWeights(), tinyModel, { ...tinyModel, selfConditioning: true }, 1);
  const told = weights[selfWeight] as Tensor;
  const random = randomStream(6, "told").normals(told.data.length);
  return freshState({ ...weights, [selfWeight]: { ...told, data: random.map((x) => std * x) } });
}

/** The state before the first update, with the teacher's weights of `tinyRound`. */
export function tinyStart(): TrainState {
  return freshState(tinyWeights());
}

/** A network in the place of the one that trains, for who asks it for logits alone. */
export const standingIn = (network: Denoiser): LiveStudent =>
  Object.assign(network, { run: () => Promise.reject(new Error("it is asked for logits alone")) });

/** Hooks that keep what they are told, and stop after `stopAt` updates. */
export function keeping(stopAt = Number.POSITIVE_INFINITY): Hooks & { points: TrainPoint[]; saved: TrainState[] } {
  const points: TrainPoint[] = [];
  const saved: TrainState[] = [];
  let asked = 0;
  return {
    points,
    saved,
    onPoints: (more) => points.push(...more),
    async onCheckpoint(state) {
      saved.push(state);
    },
    stopping: () => asked++ >= stopAt,
  };
}

/** A checkpoint of a teacher with random weights and its tokenizer, as pretrain and the assets have them. */
export function saveTinyTeacher(path: string, tokenizer: Tokenizer, changes: Record<string, unknown> = {}): void {
  const model = { ...tinyModel, dropout: 0, vocabSize: tokenizer.vocabSize + 1 };
  const state = { stage: "pretrain", run: "t", round: 0, update: 1, optimizerUpdate: 1, updates: 1, lineage: [] };
  const origin = { tokenizerHash: tokenizer.hash, corpusHash: "", config: {}, configHash: "", commit: "", engine: "" };
  const described = { ...state, ...origin, cursor: firstBatch, seed: 1, model, dt: 0, ...changes };
  saveCheckpoint(path, { model: initialise(modelParameters(model), 1), state: described });
  tokenizer.save(join(path, "tokenizer.json"));
}
