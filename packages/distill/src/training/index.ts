/** @file `@sdtt/distill/training`: tasks, updates, validation. */

export type { LiveStudent } from "./liveStudent.js";
export {
  allShares,
  complementTime,
  distinctRows,
  type Masked,
  type Masking,
  type MaskingName,
  maskBatch,
  maskingNames,
  minTime,
  plainMasking,
  type Shares,
  timed,
  withCounts,
} from "./masking.js";
export {
  allRows,
  checkMicrobatch,
  type DataOptions,
  type DenoiserTraining,
  dropoutMask,
  type EasyStart,
  nelboBatch,
  nextTokenBatch,
  pretrainTask,
  type Rows,
  rowsOfParts,
} from "./pretrainTask.js";
export { isToldSelf, selfConditioned } from "./selfConditioning.js";
export type { Batch, Part, Task, Validation } from "./task.js";
export {
  freshState,
  type Hooks,
  lossText,
  type TrainOptions,
  type TrainPoint,
  type TrainState,
  train,
} from "./train.js";
export { type UpdateOutcome, Updater } from "./updater.js";
export { validationOf, validator } from "./validation.js";
