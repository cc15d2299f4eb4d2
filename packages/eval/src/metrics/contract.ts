/**
 * @file What a metric is: a value that says what its numbers are, what it needs, and how it is measured.
 *
 * A metric on samples is one file, `NAME.metric.ts` in this folder's `text/` or a module named by `--metric`, whose default
 * export is what `defineMetric` gives. It is measured from kept samples; nothing is drawn for it, and no cell that was
 * finished before it came is called unfinished. What it declares goes into the store with its rows, and the page reads it there.
 */

import type { Estimated } from "@sdtt/core/statistics";
import type { DefinitionRow } from "@sdtt/core/store";
import type { Tokenizer } from "@sdtt/core/text";

/** What the numbers of a figure are. */
export interface FigureDeclaration extends Pick<DefinitionRow, "what" | "unit" | "scale" | "better" | "errorOver"> {
  /** What rows of the store call the metric. */
  readonly name: string;
  /** What its definition is called; left out: as the metric. */
  readonly definition?: string;
  /** Another number for any change of a value. */
  readonly version: number;
  /** Left out: no. */
  readonly dependsOnN?: boolean;
  /** Which side of held-out text's own figure can make gen-PPL look better than it is, and what it means. */
  readonly suspicious?: { readonly side: "below" | "above"; readonly means: string };
}

export const definitionOf = ({ name, definition = name, version }: FigureDeclaration): string =>
  `${definition}@${version}`;

export function definitionRow(figure: FigureDeclaration): DefinitionRow {
  const { name: metric, what, unit, scale, better, errorOver, dependsOnN = false } = figure;
  return { definition: definitionOf(figure), metric, what, unit, scale, better, errorOver, dependsOnN };
}

export interface Sampled {
  readonly ids: Int32Array;
  readonly text: string;
}

/** What a model was trained on, token by token; read again each time it is walked. */
export interface TrainingText {
  /** What a figure is held against. */
  readonly hash: string;
  pieces(): Iterable<ArrayLike<number>>;
}

export interface SamplesGiven {
  readonly samples: readonly Sampled[];
  /** That of the samples. */
  readonly tokenizer: Tokenizer;
}

/** By the names of the figures. */
export type Estimates = Readonly<Record<string, Estimated>>;

interface Needing<Need extends string, Given> {
  readonly needs: Need;
  readonly figures: readonly FigureDeclaration[];
  measure(given: Given): Estimates | Promise<Estimates>;
}

export type SampleMetric =
  | Needing<"samples", SamplesGiven>
  | Needing<"samples and training text", SamplesGiven & { readonly training: TrainingText }>;

type Given<Need extends SampleMetric["needs"]> = Parameters<Extract<SampleMetric, { needs: Need }>["measure"]>[0];

/** One figure and how it is measured, in one value. */
export interface OneFigure<Need extends SampleMetric["needs"]> extends FigureDeclaration {
  readonly needs: Need;
  measure(given: Given<Need>): Estimated | Promise<Estimated>;
}

/** A metric of one figure. Several that are found in one pass: write `needs`, `figures` and `measure` (by name) instead. */
export function defineMetric<Need extends SampleMetric["needs"]>(one: OneFigure<Need>): SampleMetric {
  const { needs, measure, ...figure } = one;
  const metric: Needing<Need, Given<Need>> = {
    needs,
    figures: [figure],
    measure: async (given) => ({ [figure.name]: await measure(given) }),
  };
  return metric as SampleMetric;
}
