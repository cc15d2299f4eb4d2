import { incidentalKeys, laterOptions } from "@sdtt/core/store";
import { expect, it } from "vitest";
import { roundOptions } from "./roundOptions.js";

/** What the first version of `round` was told, and recorded of every run. */
const first =
  "updates sequences divergence lossPrecision substeps initialSteps grid dropout lr schedule warmup ema weights resetOptimizer";

it("has no option that sets runs apart from those of before it was there: each is known with what runs did before", () => {
  const known = new Set([...first.split(" "), ...Object.keys(laterOptions), ...incidentalKeys]);
  // What is not given is not recorded.
  const others = Object.entries(roundOptions.shape).filter(([key, type]) => {
    return !known.has(key) && !type.safeParse(undefined).success;
  });
  const withDefault = Object.entries(roundOptions.shape).filter(([key, type]) => {
    return !known.has(key) && type.safeParse(undefined).data !== undefined;
  });
  expect([...others, ...withDefault].map(([key]) => key)).toEqual([]);
  const defaults = Object.keys(laterOptions).map((key) => {
    return [key, roundOptions.shape[key as keyof typeof roundOptions.shape].parse(undefined)];
  });
  expect(Object.fromEntries(defaults)).toEqual(laterOptions);
});
