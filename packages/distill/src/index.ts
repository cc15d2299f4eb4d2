/** @file What `@sdtt/distill` offers to experiments: its commands, and the pieces of the method. */

export * from "./commands/costs.js";
export { prepare } from "./commands/prepare.js";
export { pretrain } from "./commands/pretrain.js";
export { round } from "./commands/round.js";
export * from "./method/divergences.js";
export * from "./method/roundPlan.js";
export * from "./method/roundTask.js";
export * from "./method/targets.js";
export { refuseChanged } from "./runs/resume.js";
export * from "./runs/run.js";
export * from "./training/masking.js";
export * from "./training/pretrainTask.js";
export * from "./training/train.js";
export * from "./training/updater.js";
export { validationOf, validator } from "./training/validation.js";
