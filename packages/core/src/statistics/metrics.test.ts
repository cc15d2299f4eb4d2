import { expect, it } from "vitest";
import { betterFirst, declareMetrics, metricKind } from "./metrics.js";

const better = (names: readonly string[]) => names.map((name) => metricKind(name).better);

it("neither way is better of what should be near held-out text, nor of a name that is not known", () => {
  const close = ["distinct-1", "distinct-2", "entropy", "length", "self-bleu", "repeated-4", "something-new"];
  expect(better(close)).toEqual(close.map(() => null));
  expect([3, 1, 2].sort(betterFirst("distinct-1"))).toEqual([3, 1, 2]);
});

it("fewer nats, bytes and milliseconds are better, more items that are right, and a larger MAUVE", () => {
  expect(better(["gen-ppl", "ptb-ppl-bound", "last-word-ppl", "wikitext2-bits-per-byte", "ms-per-sample"])).toEqual(
    Array(5).fill("lower"),
  );
  expect(better(["lambada-accuracy", "arc-easy-accuracy-per-byte", "mauve"])).toEqual(Array(3).fill("higher"));
});

it("only gen-PPL is had by a temperature alone, and items are shared where samples are not", () => {
  expect(["gen-ppl", "last-word-ppl-bound", "mauve"].map((name) => metricKind(name).isMatched)).toEqual([
    true,
    false,
    false,
  ]);
  expect(
    ["gen-ppl", "last-word-ppl-bound", "last-word-accuracy", "mauve"].map((name) => metricKind(name).errorOver),
  ).toEqual(["samples", "items", "items", "clusterings"]);
});

it("a metric of one's own is what it is declared to be, and the project's own stay what they are", () => {
  const own = { metric: "own-share", scale: "log", better: "higher", errorOver: "items", unit: "share" } as const;
  expect(metricKind("own-share")).toMatchObject({ scale: "linear", better: null });
  declareMetrics([
    own,
    { ...own, metric: "mauve", better: "lower" },
    { ...own, metric: "own-match", better: "matched" },
  ]);
  expect(metricKind("own-share")).toEqual({
    ...{ scale: "log", better: "higher", isMatched: false, errorOver: "items", isShare: true },
  });
  expect(metricKind("own-match")).toMatchObject({ better: "lower", isMatched: true });
  expect(metricKind("mauve")).toMatchObject({ better: "higher", errorOver: "clusterings" });
});

it("a declaration counts before what a name ends in", () => {
  const names = ["error-accuracy", "surprise-ppl", "ms-per-mile", "gen-ppl-of-mine"];
  const kinds = names.map((metric) => metricKind(metric));
  declareMetrics(
    names.map((metric) => ({ metric, scale: "linear", better: "none", errorOver: "runs", unit: "" }) as const),
  );
  const declared = { scale: "linear", better: null, isMatched: false, errorOver: "runs", isShare: false };
  expect(names.map((metric) => metricKind(metric))).toEqual(names.map(() => declared));
  expect(kinds.map(({ better }) => better)).toEqual(["higher", "lower", "lower", "lower"]);
});
