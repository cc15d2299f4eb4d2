/**
 * @file What a metric's name says of its numbers: the scale they are averaged and drawn on, and which way is better.
 */

export type Scale = "log" | "linear";

export interface MetricKind {
  readonly scale: Scale;
  readonly better: "lower" | "higher";
}

const kinds: readonly (readonly [RegExp, MetricKind])[] = [
  [/ppl|perplexity/, { scale: "log", better: "lower" }],
  [/bits-per-byte|self-bleu|repeated|nll|nelbo|loss|latency|seconds/, { scale: "linear", better: "lower" }],
];

/** An accuracy, MAUVE or a share of distinct n-grams is better when higher, which is what an unknown name is taken for. */
export function kindOf(metric: string): MetricKind {
  return kinds.find(([pattern]) => pattern.test(metric))?.[1] ?? { scale: "linear", better: "higher" };
}

/** How many times better `value` is than `than`. */
export function timesBetter(metric: string, value: number, than: number): number {
  return kindOf(metric).better === "lower" ? than / value : value / than;
}

/** Orders values of a metric, the better first. */
export const betterFirst = (metric: string) => (a: number, b: number) =>
  kindOf(metric).better === "lower" ? a - b : b - a;
