/** @file What `@sdtt/eval` offers. */

export * from "./commands/costs.js";
export * from "./commands/index.js";
export * from "./findings/resampled.js";
export * from "./findings/warnings.js";
export * from "./judge/judge.js";
export * from "./judge/scorer.js";
export * from "./metrics/bound/maskSets.js";
export * from "./metrics/contract.js";
export * from "./metrics/figures.js";
export * from "./metrics/lastWord/lastWord.js";
export { figuresOf } from "./metrics/lastWord/passages.js";
export * from "./metrics/lastWord/suffix.js";
export { timesInTurn } from "./metrics/latency/timing.js";
export * from "./metrics/text/entropy.js";
export * from "./metrics/text/genPpl.js";
export * from "./metrics/text/selfBleu.metric.js";
export * from "./record/checkpoint.js";
export * from "./samples/cellIdentity.js";
export * from "./samples/cells.js";
export * from "./samples/sampleSet.js";
