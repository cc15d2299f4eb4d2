/** @file `@sdtt/core/sweep`: a sweep's files, for who runs it and who shows it. */

export {
  dataFolder,
  manifestsFolder,
  type StageFile,
  stageFile,
  stageFolder,
  submissionsFile,
  sweepFolder,
  sweepFolders,
  verdictFile,
  workFolder,
} from "./places.js";
export {
  type CellVerdict,
  cellVerdict,
  figuresOfText,
  figuresText,
  type StageState,
  type StageStatus,
  type Submission,
  type SweepCell,
  type SweepManifest,
  stageStatus,
  submissions,
  sweepKey,
  sweepManifest,
} from "./records.js";
export { type CellState, cellState, isLeased, type SeenState, seenState } from "./states.js";
