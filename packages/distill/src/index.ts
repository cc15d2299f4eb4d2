/** @file What `@sdtt/distill` offers to experiments: its commands, and the pieces of the method. */
export * from "./divergences.js";
export * from "./dryRun.js";
export * from "./idealStudent.js";
export * from "./objectives.js";
export { prepare } from "./prepare.js";
export { pretrain } from "./pretrain.js";
export { round } from "./round.js";
export * from "./roundPlan.js";
export * from "./roundTask.js";
export * from "./run.js";
export * from "./targets.js";
export * from "./trainer.js";
export * from "./updater.js";
