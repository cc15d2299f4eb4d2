/**
 * @file The figures of a set of samples: which can be had, and what they are.
 */

import type { Estimated } from "@sdtt/core/statistics";
import type { Tokenizer } from "@sdtt/core/text";
import type { FigureDeclaration, Sampled, SampleMetric, SamplesGiven, TrainingText } from "./contract.js";
import { builtinMetrics } from "./registry.js";

export const sampledTexts = (ids: readonly Int32Array[], tokenizer: Tokenizer): Sampled[] =>
  ids.map((one) => ({ ids: one, text: tokenizer.decode(one) }));

/** What samples are measured by, beside gen-PPL. */
export interface Measures {
  readonly metrics: readonly SampleMetric[];
  /** Of the model that wrote the samples, where it is known. */
  readonly training?: TrainingText | undefined;
}

export const usualMeasures: Measures = { metrics: builtinMetrics };

/** A figure that can be had, and what it is held against where that is part of it. */
export interface Figure {
  readonly declared: FigureDeclaration;
  readonly against?: string;
}

const isHad = ({ needs }: SampleMetric, { training }: Pick<Measures, "training">): boolean =>
  needs === "samples" || training !== undefined;

export function figuresFor({ metrics, training }: Measures): Figure[] {
  return metrics
    .filter((metric) => isHad(metric, { training }))
    .flatMap(({ needs, figures }) =>
      figures.map((declared) => ({ declared, ...(needs !== "samples" && training && { against: training.hash }) })),
    );
}

/** Measures every metric that has a wanted figure; by name. */
export async function measureFigures(
  { metrics, training }: Measures,
  given: SamplesGiven,
  isWanted: (figure: FigureDeclaration) => boolean = () => true,
): Promise<ReadonlyMap<string, Estimated>> {
  const found = new Map<string, Estimated>();
  for (const metric of metrics.filter(({ figures }) => figures.some(isWanted))) {
    const estimates =
      metric.needs === "samples"
        ? await metric.measure(given)
        : training && (await metric.measure({ ...given, training }));
    for (const [name, estimate] of Object.entries(estimates ?? {})) found.set(name, estimate);
  }
  return found;
}
