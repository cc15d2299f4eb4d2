/** @file `@sdtt/eval/samples`: samples: drawn, kept, and the cells they belong to. */

export {
  type CellSettings,
  cellPath,
  type DrawnBy,
  definitionsOf,
  drawnAs,
  type Early,
  figureIdentity,
  identityOf,
  madeBy,
  precisionOf,
  type Subject,
  scheduleText,
} from "./cellIdentity.js";
export { evaluateCells, isDone, stepsLacking } from "./cells.js";
export { unitTime } from "./relativeTimes.js";
export {
  drawSamples,
  firstOf,
  type GivenRows,
  keptSamples,
  keptScores,
  loadSet,
  type SampleSet,
  type SamplingSettings,
  type SetIdentity,
  saveSet,
  setPath,
} from "./sampleSet.js";
