/** @file `@sdtt/eval/metrics`: what a metric is, and the project's own. */

export {
  allMaskSets,
  drawMaskSets,
  drawnMaskSets,
  exactTokens,
  type MaskDraws,
  type MaskSet,
  maskSetsOf,
  pairedMaskSets,
} from "./bound/maskSets.js";
export {
  defineMetric,
  definitionOf,
  definitionRow,
  type Estimates,
  type FigureDeclaration,
  type OneFigure,
  type Sampled,
  type SampleMetric,
  type SamplesGiven,
  type TrainingText,
} from "./contract.js";
export { type Figure, figuresFor, type Measures, measureFigures, sampledTexts, usualMeasures } from "./figures.js";
export { cutPassages, lambadaPassages, lastWordPassages, type Passage } from "./lastWord/lastWord.js";
export { figuresOf } from "./lastWord/passages.js";
export {
  cutText,
  type FittedItem,
  type Item,
  itemOf,
  type MaskedItem,
  type SuffixScore,
  scoreCausal,
  scoreDenoised,
  tokenNll,
} from "./lastWord/suffix.js";
export { type Latency, type LoadedModel, latenciesOf } from "./latency/latencies.js";
export { type Spread, timesInTurn } from "./latency/timing.js";
export { answerMasks, type ChoiceFigures, choiceFigures, type Question } from "./sets/choices.js";
export { ptb } from "./sets/ptb.set.js";
export { wikitext2 } from "./sets/wikitext2.set.js";
export { type Blocks, blockBounds, blocksOf, type TextForm, type ZeroShot, zeroShotOf } from "./sets/zeroShot.js";
export { entropyBeside, entropyMetric, meanSampleEntropy, sampleEntropy } from "./text/entropy.js";
export {
  definitionsFor,
  type GenPpl,
  type GenPplDefinition,
  genPpl,
  genPplFigures,
  genPplOf,
  type SampleKind,
  type Scores,
  scoreSamples,
} from "./text/genPpl.js";
export { groupedSelfBleu, selfBleu, selfBleuEach, sentenceBleu } from "./text/selfBleu.metric.js";
export { spread } from "./texts/spread.js";
