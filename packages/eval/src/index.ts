/**
 * @file What one needs first of `@sdtt/eval`: metrics, judges, samples, and the commands; the rooms have the rest.
 */
export { curve, frontier, lambada, latency, merge, reference, report, story } from "./commands/index.js";
export { type Judge, openJudge } from "./judge/judge.js";
export {
  defineMetric,
  type FigureDeclaration,
  type Sampled,
  type SampleMetric,
  type SamplesGiven,
} from "./metrics/contract.js";
export { type Measures, measureFigures, sampledTexts } from "./metrics/figures.js";
export { meanSampleEntropy, sampleEntropy } from "./metrics/text/entropy.js";
export { type GenPpl, genPpl } from "./metrics/text/genPpl.js";
export { selfBleu } from "./metrics/text/selfBleu.metric.js";
export { type Checkpoint, openCheckpoint } from "./record/checkpoint.js";
export { drawSamples, type SampleSet, type SamplingSettings } from "./samples/sampleSet.js";
