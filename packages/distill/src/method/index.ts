/** @file `@sdtt/distill/method`: the method itself: rounds, targets, divergences. */

export {
  type Divergence,
  type DivergenceName,
  divergenceNames,
  divergenceOf,
  divergences,
  type KlName,
  klNames,
  loadDivergence,
  targetMeans,
} from "./divergences.js";
export { type Noised, noisedBatches } from "./noised.js";
export { alphaTask } from "./objectives/alpha.js";
export { type ObjectiveName, objectiveNames } from "./objectives/index.js";
export { firstTeacher, nextRound, type Predecessor, previousStudent, roundStep, tokenizerFileOf } from "./rounds.js";
export { divergenceLoss, type RoundOptions, roundInputs, roundTask } from "./roundTask.js";
export { sdttTargets, sharedDraw, type TargetOptions, type Targets } from "./targets.js";
