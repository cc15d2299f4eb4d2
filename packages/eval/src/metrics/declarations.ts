/**
 * @file What all figures of evaluation are, for the store: written by every command that evaluates, read by the page.
 */
import type { Store } from "@sdtt/core/store";
import { heldOutBoundFigure } from "./bound/heldOutBound.js";
import { definitionRow } from "./contract.js";
import { latencyFigure } from "./latency/latencies.js";
import { relativeTimeFigure } from "./latency/relativeTime.js";
import { partnerPassesFigure } from "./partnerPasses.js";
import { builtinMetrics, builtinSets, figuresOfSet, type Metrics } from "./registry.js";
import { continuationFigures } from "./text/continuations.js";
import { entropyMetric } from "./text/entropy.js";
import { genPplFigures } from "./text/genPpl.js";

/** Puts into the store what the project's own figures are, and those of further metrics. */
export function declareFigures(
  store: Store,
  { metrics, sets }: Metrics = { metrics: builtinMetrics, sets: builtinSets },
): void {
  const figures = [
    ...genPplFigures,
    ...[entropyMetric, ...metrics].flatMap((metric) => metric.figures),
    ...sets.flatMap(figuresOfSet),
    ...continuationFigures,
    heldOutBoundFigure,
    latencyFigure,
    relativeTimeFigure,
    partnerPassesFigure,
  ];
  store.saveDefinitions(figures.map(definitionRow));
}
