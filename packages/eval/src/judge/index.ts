/** @file `@sdtt/eval/judge`: who says how likely samples are. */

export { type Judge, judgeText, openJudge, readJudge } from "./judge.js";
export { type FeatureScorer, openScorer, type Scorer } from "./scorer.js";
