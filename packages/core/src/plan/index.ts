/** @file `@sdtt/core/plan`: what a stage would cost, before any of it is spent. */

export { dryRunFlags, gpt2Vocabulary, type PlannedSize, plannedModel, plannedSize, planningKeys } from "./flags.js";
export {
  askedTrunkFlops,
  headFlops,
  roundUpdateFlops,
  samplingFlops,
  scoringFlops,
  trainedPositions,
  trainedShare,
  trunkFlops,
  updateFlops,
} from "./flops.js";
export { inferenceMemory, type MemoryPart, type TrainingMemory, trainingMemory } from "./memory.js";
export { type Plan, type PlannedCost, type PlanOptions, printPlan, totalFlops, type Work } from "./plan.js";
export { matrixRates } from "./rate.js";
