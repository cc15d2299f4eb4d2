/** @file What `@sdtt/eval` offers. */
export * from "./cells.js";
export * from "./checkpoint.js";
export * from "./commands.js";
export * from "./diversity.js";
export * from "./dryRun.js";
export * from "./entropy.js";
export * from "./genPpl.js";
export * from "./judge.js";
export { figuresOf } from "./lambada.js";
export * from "./lastWord.js";
export * from "./sampleSet.js";
export * from "./scorer.js";
export * from "./selfBleu.js";
export * from "./statistics.js";
export * from "./suffix.js";
export * from "./table.js";
export * from "./warnings.js";
