/**
 * @file What a metric's name says of its numbers: the scale they are averaged and drawn on, and which way is better.
 */

export type Scale = "log" | "linear";

/** What the standard error of one evaluation is over. */
export type ErrorOver = "samples" | "clusterings" | "runs";

export interface MetricKind {
  readonly scale: Scale;
  readonly better: "lower" | "higher";
  readonly errorOver: ErrorOver;
}

const kinds: readonly (readonly [RegExp, MetricKind])[] = [
  [/ppl|perplexity/, { scale: "log", better: "lower", errorOver: "samples" }],
  [/^ms-per-|latency|seconds/, { scale: "linear", better: "lower", errorOver: "runs" }],
  [/^mauve/, { scale: "linear", better: "higher", errorOver: "clusterings" }],
  [/bits-per-byte|self-bleu|repeated|nll|nelbo|loss/, { scale: "linear", better: "lower", errorOver: "samples" }],
];
const unknown: MetricKind = { scale: "linear", better: "higher", errorOver: "samples" };

/** An accuracy or a share of distinct n-grams is better when higher, which is what an unknown name is taken for. */
export function kindOf(metric: string): MetricKind {
  return kinds.find(([pattern]) => pattern.test(metric))?.[1] ?? unknown;
}

/** How many times better `value` is than `than`. */
export function timesBetter(metric: string, value: number, than: number): number {
  return kindOf(metric).better === "lower" ? than / value : value / than;
}

/** Orders values of a metric, the better first. */
export const betterFirst = (metric: string) => (a: number, b: number) =>
  kindOf(metric).better === "lower" ? a - b : b - a;
