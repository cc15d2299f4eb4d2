/** @file `@sdtt/core/checkpoint`: checkpoints and weights, in our layout and in published ones. */

export {
  type ChosenWeights,
  chosenWeights,
  studentWeights,
  type WeightsChoice,
  type WeightsKind,
  weightsChoices,
} from "./chosenWeights.js";
export { checkpointFolder, type FoundCheckpoint, findCheckpoint, modelText, sayNotes } from "./find.js";
export {
  type CheckpointParts,
  type CheckpointSummary,
  checkpointPath,
  loadCheckpoint,
  loadWeights,
  newestCheckpoint,
  readCheckpointState,
  saveCheckpoint,
} from "./layout.js";
export { isEmbeddedText, isPrepared, isSourceThere, type LearnedText, learnedText, readableText } from "./learned.js";
export { ownName, type PublishedName, publishedNames } from "./published/format.js";
export { type PublishedModel, publishedArchitecture, readPublished } from "./published/read.js";
export { writePublished } from "./published/write.js";
export { readSafetensors, readSafetensorsHeader, weightsHash, writeSafetensors } from "./safetensors/safetensors.js";
export { type CheckpointState, parseState, type RoundControl, roundControls } from "./state.js";
