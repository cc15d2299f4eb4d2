/**
 * @file What a metric's numbers are: the scale they are averaged on, which way is better, and what their error is over.
 *
 * Neither way is better of what should be near held-out text (entropy, distinct n-grams, length, repetition): they are shown
 * and warned of, and carry no verdict. Neither is gen-PPL by itself, which a low temperature lowers: its verdict is that
 * of the comparison at matched entropy. A metric of one's own is what its definition in the store declares, whatever its name
 * ends in; a name that nobody declared and that reads like none of the project's has no direction, instead of a guessed one.
 */

export type Scale = "log" | "linear";

/** What the standard error of one evaluation is over. */
export type ErrorOver = "samples" | "items" | "clusterings" | "runs";

export interface MetricKind {
  readonly scale: Scale;
  /** Null: neither, it is to be near text's own. */
  readonly better: "lower" | "higher" | null;
  /** Whether sharpening moves it the better way, so that a verdict is of the matched comparison only. */
  readonly isMatched: boolean;
  readonly errorOver: ErrorOver;
  /** Whether it counts items that are right. */
  readonly isShare: boolean;
}

const usual = { scale: "linear", better: null, isMatched: false, errorOver: "samples", isShare: false } as const;

/** A student's gain over its teacher at the student's entropy: the figure of a sweep that no temperature can lower. */
export const gainMetric = "gain-at-entropy";

/** The project's own by their whole names: no store says otherwise. */
const own: ReadonlyMap<string, MetricKind> = new Map([
  [gainMetric, { ...usual, scale: "log", better: "higher" }],
  ["gen-ppl", { ...usual, scale: "log", better: "lower", isMatched: true }],
  ["mauve", { ...usual, better: "higher", errorOver: "clusterings" }],
]);

/** What has no declaration goes by its name: the figures of data sets, whose names are made. */
const kinds: readonly (readonly [RegExp, MetricKind])[] = [
  [/^gen-ppl/, { ...usual, scale: "log", better: "lower", isMatched: true }],
  [/-ppl(-bound)?$/, { ...usual, scale: "log", better: "lower", errorOver: "items" }],
  [/-bits-per-byte(-bound)?$/, { ...usual, better: "lower", errorOver: "items" }],
  [/-accuracy(-per-byte)?$/, { ...usual, better: "higher", errorOver: "items", isShare: true }],
  [/^puzzle-(exact-)?validity$/, { ...usual, better: "higher", isShare: true }],
  [/^ms-per-/, { ...usual, better: "lower", errorOver: "runs" }],
];

/** What a definition in a store says of its metric. */
export interface DeclaredMetric {
  readonly metric: string;
  readonly scale: Scale;
  readonly better: "lower" | "higher" | "matched" | "none";
  readonly errorOver: ErrorOver;
  readonly unit: string;
}

const declared = new Map<string, MetricKind>();

/** From now on metrics that the project does not have are what they are declared to be; the last word counts. */
export function declareMetrics(all: readonly DeclaredMetric[]): void {
  for (const { metric, scale, better, errorOver, unit } of all) {
    const way = better === "matched" ? "lower" : better === "none" ? null : better;
    const isShare = unit === "share" && errorOver === "items";
    declared.set(metric, { scale, better: way, isMatched: better === "matched", errorOver, isShare });
  }
}

export const metricKind = (metric: string): MetricKind =>
  own.get(metric) ?? declared.get(metric) ?? kinds.find(([pattern]) => pattern.test(metric))?.[1] ?? usual;

/** Orders values of a metric, the better first; as they come where neither way is better. */
export const betterFirst = (metric: string) => {
  const { better } = metricKind(metric);
  return (a: number, b: number) => (better === null ? 0 : better === "lower" ? a - b : b - a);
};
