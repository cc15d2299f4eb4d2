/** @file The control at matched entropy; its home is `@sdtt/eval`. */
export { atEntropy, gainAtMatchedEntropy, type Point } from "@sdtt/eval";
