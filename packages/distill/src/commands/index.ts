/** @file `@sdtt/distill/commands`: its commands. */

export { type PlannedRound, plannedStudent, preparePlan, pretrainPlan, roundPlan } from "./costs.js";
export { prepare } from "./prepare.js";
export { pretrain } from "./pretrain.js";
export { round } from "./round.js";
