/** @file `@sdtt/distill/commands`: its commands. */

export { type PlannedRound, preparePlan, pretrainPlan, roundPlan } from "./costs.js";
export { prepare } from "./prepare.js";
export { pretrain } from "./pretrain.js";
export { round } from "./round.js";
