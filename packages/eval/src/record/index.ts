/** @file `@sdtt/eval/record`: checkpoints as evaluations see them. */

export { type Checkpoint, hashesIn, openCheckpoint, requireDenoiser } from "./checkpoint.js";
