/** @file `@sdtt/core/commands`: the commands of core that others compose. */

export { exportCheckpoint } from "./export.js";
export { importCheckpoint } from "./import.js";
export { sampleText } from "./sample.js";
