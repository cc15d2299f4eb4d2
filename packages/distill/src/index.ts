/**
 * @file What one needs first of `@sdtt/distill`: the method's pieces, training, and the commands; the rooms have the rest.
 */
export { roundFolder } from "@sdtt/core/workspace";
export { prepare } from "./commands/prepare.js";
export { pretrain } from "./commands/pretrain.js";
export { round } from "./commands/round.js";
export { type Divergence, type DivergenceName, divergenceNames, divergences } from "./method/divergences.js";
export { roundStep } from "./method/rounds.js";
export { divergenceLoss, type RoundOptions, roundTask } from "./method/roundTask.js";
export { sdttTargets, type TargetOptions, type Targets } from "./method/targets.js";
export { openRun, resumeState } from "./runs/run.js";
export { type DataOptions, pretrainTask } from "./training/pretrainTask.js";
export type { Batch, Part, Task } from "./training/task.js";
export { freshState, type Hooks, type TrainOptions, type TrainState, train } from "./training/train.js";
