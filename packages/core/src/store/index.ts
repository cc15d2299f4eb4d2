/** @file `@sdtt/core/store`: the SQLite store of runs, rounds and figures; it loads no engine, model or tokenizer. */

export { storeCommands } from "./commands.js";
export { currentEvaluation, currentRun } from "./earlierNames.js";
export { evaluationKey, noteOf } from "./encode.js";
export { openStore, type Store } from "./file/open.js";
export { incidentalKeys, laterMethodOptions, laterOptions, type Origin, originsOf } from "./origins.js";
export type { OverviewReader, RunProgress, StoreCursor, TrainBucket } from "./overview.js";
export type {
  CheckpointRecord,
  EvaluationFilter,
  EventRecord,
  ItemScoresRecord,
  MeetingRecord,
  NoteRecord,
  RoundRecord,
  RunFilter,
  SampleRecord,
  StoreReader,
  TagRecord,
  TrainPointRecord,
} from "./read.js";
export type {
  CheckpointRow,
  DefinitionRow,
  EvaluationIdentity,
  EvaluationRecord,
  EvaluationRow,
  EventRow,
  ExperimentRecord,
  ExperimentRow,
  ItemScores,
  MeetingRow,
  NoteRow,
  RoundRow,
  RunRecord,
  RunRow,
  SampleRow,
  TagRow,
  TrainPoint,
} from "./rows.js";
export { noteCode, noteFailure, recorded } from "./runEvents.js";
export {
  type Better,
  type Control,
  controlNames,
  type EvaluationStage,
  isEvaluation,
  isTraining,
  type NoteVerdict,
  type RunStatus,
  type Stage,
} from "./schema.js";
export { checkStore, isRecorded, type StoreCheck } from "./upkeep/check.js";
export { addDemo, type Demo, demoFormat, readDemo } from "./upkeep/demo.js";
export { addKnown, type Known, knownOf, readKnown, writeKnown } from "./upkeep/known.js";
export { backUpStore, migrateStore } from "./upkeep/maintain.js";
export { type MergeReport, mergeStore } from "./upkeep/merge.js";
export type { StoreWriter } from "./write.js";
