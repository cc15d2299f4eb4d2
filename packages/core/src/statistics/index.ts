/**
 * @file `@sdtt/core/statistics`: every mean, error, interval, comparison and number format of the project, once.
 *
 * It stands without the rest of core and without Node, so that the page computes with it what the terminal does.
 */
export * from "./bootstrap.js";
export { placeAmong } from "./equalCost.js";
export * from "./estimate.js";
export { holm } from "./holm.js";
export { type FactorFigure, type Importance, type Importances, importancesOf, type LevelEffect } from "./importance.js";
export * from "./interval.js";
export { fixedSequence, meanAbovePValue } from "./learnThenTest.js";
export * from "./matchedEntropy.js";
export * from "./matchedSeeds.js";
export * from "./mean.js";
export * from "./metrics.js";
export * from "./numbers.js";
export { exactInterval, shareInterval } from "./proportion.js";
export * from "./randomEffects.js";
export * from "./recipes.js";
export * from "./stepsNeeded.js";
export { normalQuantile, pValue, studentProbability, studentQuantile } from "./student.js";
export * from "./verdict.js";
