/** @file `@sdtt/distill/runs`: runs on disk: begun, resumed, recorded. */

export { refuseChanged } from "./resume.js";
export {
  openRun,
  progressOf,
  type RunFacts,
  removeOlderCheckpoints,
  resumeState,
} from "./run.js";
