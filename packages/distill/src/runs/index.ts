/** @file `@sdtt/distill/runs`: runs on disk: begun, resumed, recorded. */

export { refuseChanged } from "./resume.js";
export {
  type ControlName,
  controlNames,
  openRun,
  progressOf,
  type RunFacts,
  removeOlderCheckpoints,
  resumeState,
  roundFolder,
  storePath,
} from "./run.js";
