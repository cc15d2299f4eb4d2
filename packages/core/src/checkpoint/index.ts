export { writeFileAtomic } from "./atomic.js";
export {
  type CheckpointParts,
  checkpointPath,
  fileHash,
  loadCheckpoint,
  newestCheckpoint,
  saveCheckpoint,
} from "./layout.js";
export { lockRun, type RunLock } from "./lock.js";
export { readSafetensors, readSafetensorsHeader, weightsHash, writeSafetensors } from "./safetensors.js";
