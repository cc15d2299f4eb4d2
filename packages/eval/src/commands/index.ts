/** @file `@sdtt/eval/commands`: its commands. */

export { calibrate } from "./calibrate.js";
export { curvePlan, lambadaPlan, type PlannedCurve, type PlannedLambada } from "./costs.js";
export { curve } from "./curve.js";
export { datastore } from "./datastore.js";
export { forecast } from "./forecast.js";
export { frontier } from "./frontier.js";
export { lambada } from "./lambada.js";
export { latency } from "./latency.js";
export { merge } from "./merge.js";
export { reference } from "./reference.js";
export { report } from "./report.js";
export { samplerTimes } from "./samplerTimes.js";
export { story } from "./story.js";
