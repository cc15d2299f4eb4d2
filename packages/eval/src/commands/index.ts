/** @file The commands of `@sdtt/eval`. */
export { curve } from "./curve.js";
export { frontier } from "./frontier.js";
export { lambada } from "./lambada.js";
export { latency } from "./latency.js";
export { merge } from "./merge.js";
export { reference } from "./reference.js";
export { report } from "./report.js";
