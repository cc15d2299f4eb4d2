/** @file `@sdtt/core/diffusion`: masked diffusion: noise, SUBS, the NELBO, times of steps. */

export { maskedPositions, maskTokens, sampleTimes } from "./forward.js";
export { drawSet, evenShare, uniformCounts } from "./maskCounts.js";
export { hiddenOf, nllAt, nllLoss, weightedNll } from "./nelbo.js";
export { coupledTimes, freeTimes, raceShares } from "./race.js";
export { alphaAt, moveChanceAt, scheduleEps, sigmaAt, unmaskProbability } from "./schedule.js";
export { maskedLogits, maskedOut, subsLogProbs, withoutMask } from "./subs.js";
export { substepTimes, type TimeGridName, timeEps, timeGridNames } from "./substepTimes.js";
export { timeGrid } from "./timeGrid.js";
