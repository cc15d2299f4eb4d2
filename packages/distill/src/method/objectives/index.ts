/**
 * @file What a round's student learns from: each objective one file, all under one contract.
 *
 * An objective gives a task. Its batches are pure functions of update and cursor, so that a stopped run goes on byte for byte,
 * and are cut into parts whose losses add up, so that a microbatch changes nothing.
 */
import type { TensorMap } from "@sdtt/core/base";
import type { Engine } from "@sdtt/core/engine";
import type { ModelConfig } from "@sdtt/core/model";
import { openDenoiser } from "@sdtt/core/sampler";
import type { DataOptions } from "../../training/pretrainTask.js";
import type { Task } from "../../training/task.js";
import { type RoundOptions, roundTask } from "../roundTask.js";
import { alphaTask } from "./alpha.js";

/** What an objective is given: the frozen teacher, the student's shape, the text, and the round. */
export interface ObjectiveGiven {
  readonly engine: Engine;
  readonly teacher: { readonly model: ModelConfig; readonly weights: TensorMap };
  /** The student's, with its dropout. */
  readonly model: ModelConfig;
  readonly data: DataOptions;
  readonly round: RoundOptions;
  /** k of AlphaDLM's loss. */
  readonly alpha: number;
}

export interface Aim {
  readonly task: Task;
  /** For the line that a round begins with. */
  readonly what: string;
  dispose(): void;
}

interface Objective {
  readonly what: string;
  /** Does it ask a teacher for its targets? */
  readonly hasTeacher: boolean;
  aim(given: ObjectiveGiven): Aim;
}

export const objectiveNames = ["sdtt", "alpha"] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

export const objectives: Record<ObjectiveName, Objective> = {
  sdtt: {
    what: "the teacher's predictions over m substeps",
    hasTeacher: true,
    aim({ engine, teacher: { model: own, weights }, model, data, round }) {
      const teacher = openDenoiser(engine, own, weights);
      const what = `Δ = 1/${1 / round.dt}, ${round.substeps} substeps`;
      return { task: roundTask(teacher, model, data, round), what, dispose: () => teacher.dispose() };
    },
  },
  alpha: {
    what: "AlphaDLM's loss on the text itself",
    hasTeacher: false,
    aim({ model, data, round: { round }, alpha: k }) {
      return { task: alphaTask(model, data, { round, k }), what: `AlphaDLM's loss, k = ${k}`, dispose() {} };
    },
  },
};
