/** @file `@sdtt/core/optim`: one optimizer update. */

export { gradientFunction, stepFunction, trainingStateSpecs } from "./accumulate.js";
export {
  type AdamWOptions,
  adamw,
  adamwDefaults,
  adamwScalarSpecs,
  adamwScalars,
  emaDecayAt,
  globalNorm,
  type Slots,
} from "./adamw.js";
export { capacityFor, padPositions } from "./capacity.js";
export { asCritic, criticOf, isCritics, withoutCritic } from "./critic.js";
export {
  chunkedGradients,
  chunkedInputs,
  chunkedLoss,
  chunkedSpecs,
  type HeadLoss,
  headChunkFor,
  wholeLoss,
} from "./headLoss.js";
export {
  type LearningRateSchedule,
  learningRateAt,
  type ScheduleName,
  samePast,
  scheduleNames,
} from "./learningRate.js";
export { isHiddenMatrix } from "./muon.js";
export {
  type GradientsFunction,
  gradientsOf,
  grouped,
  groupOf,
  type LossAndGradients,
  type LossFunction,
  lossAndGradients,
  optimizerOf,
  optimizerSpecs,
  type StateGroup,
  steppedState,
  updateFunction,
  updateStateSpecs,
} from "./update.js";
