/**
 * @file What all figures of evaluation are, for the store: written by every command that evaluates, read by the page.
 */
import type { Store } from "@sdtt/core/store";
import { definitionRow, type SampleMetric } from "./contract.js";
import { builtinMetrics } from "./registry.js";
import { entropyMetric } from "./text/entropy.js";
import { genPplFigures } from "./text/genPpl.js";

/** Puts into the store what the project's own figures are, and those of further metrics. */
export function declareFigures(store: Store, metrics: readonly SampleMetric[] = builtinMetrics): void {
  const figures = [...genPplFigures, ...[entropyMetric, ...metrics].flatMap((metric) => metric.figures)];
  store.saveDefinitions(figures.map(definitionRow));
}
