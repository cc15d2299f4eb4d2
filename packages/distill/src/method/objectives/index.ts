/**
 * @file What a round's student learns from: each objective one file, all under one contract.
 *
 * An objective gives a task. Its batches are pure functions of update and cursor, so that a stopped run goes on byte for byte,
 * and are cut into parts whose losses add up, so that a microbatch changes nothing.
 */
import type { TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import type { ModelConfig, NoiseInput } from "@sdtt/core/model";
import { openDenoiser, openNetwork, type PartnerKind } from "@sdtt/core/sampler";
import type { Task } from "../../training/task.js";
import type { RoundData } from "../noised.js";
import { toldModel, toldWeights } from "../noiseInput.js";
import { openNoisyTeacher } from "../noisyTeacher.js";
import { type RoundOptions, roundTask } from "../roundTask.js";
import { alphaTask } from "./alpha.js";
import { type CommitOptions, commitTask } from "./commit.js";
import { gumbelTask } from "./gumbel.js";
import { matchingTask } from "./matching.js";
import { matchingNoise } from "./matchingLook.js";
import { mixtureTask } from "./mixture.js";

interface LoadedModel {
  readonly model: ModelConfig;
  readonly weights: TensorMap;
}

/** What an objective is given: the frozen teacher, the student's shape, the text, and the round. */
export interface ObjectiveGiven {
  readonly engine: Engine;
  readonly teacher: LoadedModel;
  /** The second network, where the objective asks one. */
  readonly partner?: LoadedModel | undefined;
  /** The student's, with its dropout and its noise input. */
  readonly model: ModelConfig;
  readonly data: RoundData;
  readonly round: RoundOptions;
  /** k of AlphaDLM's loss. */
  readonly alpha: number;
  /** M of a mixture. */
  readonly parts: number;
  /** The student's own steps, where it learns at commit time. */
  readonly commit: Pick<CommitOptions, "steps" | "threshold">;
}

export interface Aim {
  readonly task: Task;
  /** What its critic begins with, where it has one. */
  readonly critic?: TensorMap;
  /** For the line that a round begins with. */
  readonly what: string;
  dispose(): void;
}

interface Objective {
  readonly what: string;
  /** Does it ask a teacher for its targets? */
  readonly hasTeacher: boolean;
  /** Is what it minimises said by --divergence? */
  readonly byDivergence?: boolean;
  /** A second network that it asks, beside or in place of the teacher. */
  readonly partner?: PartnerKind;
  /** What it tells the student beside the masks. */
  noise?(model: ModelConfig, parts: number): NoiseInput;
  /** Must all logits of a row be there at once? */
  readonly wholeRows?: boolean;
  aim(given: ObjectiveGiven): Aim;
}

export const objectiveNames = ["sdtt", "alpha", "gumbel", "commit", "mixture", "matching"] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

export const objectives: Record<ObjectiveName, Objective> = {
  sdtt: {
    what: "the teacher's predictions over m substeps",
    hasTeacher: true,
    byDivergence: true,
    aim({ engine, teacher: { model: own, weights }, model, data, round }) {
      const teacher = openDenoiser(engine, own, weights);
      const what = `Δ = 1/${1 / round.dt}, ${round.substeps} substeps`;
      return { task: roundTask(teacher, model, data, round), what, dispose: () => teacher.dispose() };
    },
  },
  alpha: {
    what: "AlphaDLM's loss on the text itself",
    hasTeacher: false,
    wholeRows: true,
    aim({ model, data, round: { round }, alpha: k }) {
      return { task: alphaTask(model, data, { round, k }), what: `AlphaDLM's loss, k = ${k}`, dispose() {} };
    },
  },
  gumbel: {
    what: "the text, told the noise that a causal network would draw it by",
    hasTeacher: false,
    partner: "causal",
    noise: ({ vocabSize }) => ({ law: "gumbel", size: vocabSize - 1 }),
    aim({ engine, partner, model, data, round: { round } }) {
      const { model: own, weights } = partner as LoadedModel;
      const causal = openNetwork(engine, own, weights);
      const task = gumbelTask(causal, model, data, round);
      return { task, what: "coupled draws", dispose: () => causal.dispose() };
    },
  },
  commit: {
    what: "what the teacher says where the student commits, in --commit-steps at most",
    hasTeacher: true,
    byDivergence: true,
    aim({ engine, teacher: { model: own, weights }, model, data, round, commit }) {
      const teacher = openDenoiser(engine, own, weights);
      const task = commitTask(teacher, model, data, { ...round, ...commit });
      const what = `commit-time targets, ${commit.steps} steps, threshold ${commit.threshold}`;
      return { task, what, dispose: () => teacher.dispose() };
    },
  },
  mixture: {
    what: "the text, by a mixture of --parts products",
    hasTeacher: false,
    wholeRows: true,
    noise: (_, parts) => ({ law: "choice", size: parts }),
    aim({ model, data, round: { round }, parts }) {
      return { task: mixtureTask(model, data, { round, parts }), what: `a mixture of ${parts} products`, dispose() {} };
    },
  },
  matching: {
    what: "to write what the teacher finds as likely as a critic does, which learns what the student writes; told noise",
    hasTeacher: true,
    noise: () => matchingNoise,
    aim({ engine, teacher: { model: own, weights }, model, data, round: { round } }) {
      const plain = { ...toldModel(own, {}), dropout: 0 } as ModelConfig;
      const critic = toldWeights(weights, own, plain, data.seed);
      const teacher = openNoisyTeacher(engine, plain, critic);
      const task = matchingTask(teacher, model, plain, data, round);
      return { task, critic, what: "distribution matching", dispose: () => teacher.dispose() };
    },
  },
};
