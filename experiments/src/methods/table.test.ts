/** @file The table of methods: what it says of a line, from numbers that are known. */
import type { Cost, Priced, SamplerPoint, Samplers } from "@sdtt/dashboard";
import { expect, it } from "vitest";
import { tableMarkdown } from "../default/tables.js";
import { methodsTable } from "./table.js";

const estimate = (mean: number, low = mean, high = mean) => ({ mean, low, high, n: 3, over: "seeds" as const });
const priced = (cost: number, gain: number | null, more: Partial<Priced> = {}): Priced => {
  return {
    cost,
    gain: gain === null ? null : estimate(gain, gain - 0.1, gain + 0.1),
    verdict: "better",
    most: null,
    ...more,
  };
};
const point = (steps: number, by: Partial<Record<Cost, Priced>> = {}): SamplerPoint => ({
  ...{ steps, nfe: steps, ms: 1, distance: null, value: estimate(68.1), entropy: estimate(4.63), keys: [] },
  by: { steps: priced(steps, 2.16), passes: priced(steps, 1.5), time: priced(steps, 1.4), ...by },
});
const samplers = (label: string, points: SamplerPoint[]): Samplers => {
  const family = { steps: 1, passes: 1, time: 1 };
  return {
    experiment: "methods",
    definition: "gen-ppl@1",
    lines: [{ label, round: 0, points }],
    hasHidden: false,
    family,
  };
};
const rowOf = (label: string, points: SamplerPoint[]) =>
  tableMarkdown(methodsTable(samplers(label, points)))
    .split("\n")
    .at(-1)
    ?.split(" | ");

it("has a system's claim, its text and gain at each step count, and its costs where they are told", () => {
  expect(rowOf("teacher, spaced", [point(4), point(8)])).toEqual([
    "| DUS (2506.19037), `spaced`, teacher",
    "better text at equal steps, no training",
    ...["68.1 / 4.63, 2.16 [2.06, 2.26]", "68.1 / 4.63, 2.16 [2.06, 2.26]", "8.00", "8.00", "1.50 [1.40, 1.60]"],
    "1.40 [1.30, 1.50] better |",
  ]);
});

it("says of how many seeds a gain is, where others are of more", () => {
  const one = { ...priced(8, 2.16), gain: { ...estimate(2.16, 2.06, 2.26), n: 1 } };
  const row = rowOf("teacher, spaced", [point(4), point(8, { steps: one })]);
  expect(row?.slice(2, 4)).toEqual(["68.1 / 4.63, 2.16 [2.06, 2.26]", "68.1 / 4.63, 2.16 [2.06, 2.26] (1 seed)"]);
});

it("calls a system as it is asked for: without defaults, whom it asks and where it looks", () => {
  const nameOf = (label: string) => rowOf(label, [point(8)])?.[0];
  expect(nameOf("teacher, sliding:64:0:0.1")).toBe("| COrAL (2410.09675), `sliding:64`, teacher");
  expect(nameOf("teacher, sliding:64:16:0.1")).toBe("| COrAL (2410.09675), `sliding:64:16`, teacher");
  expect(nameOf("round 5, energy:2:1:1, with a334cf8c")).toBe("| SDTT and EDLM (2410.21357), `energy:2`, round 5");
  expect(nameOf("teacher, knn:0.05:2, from a334cf8c")).toBe("| kNN-LM (2109.04212), `knn:0.05`, teacher");
  expect(nameOf("round 5, ancestral, first 0.5 by 40cbf6cc")).toBe(
    "| multi-decoder (2312.09181), two students, `ancestral, first 0.5 by 40cbf6cc`, round 5",
  );
  expect(nameOf("teacher, mine@2:3")).toBe("| mine@2:3, `mine@2:3`, teacher");
});

it("says what costs more than all that was measured, what is outside, and costs at other steps where it has no others", () => {
  const dear = { passes: priced(264, 1.6, { most: 128 }), time: priced(300, null), steps: priced(16, null) };
  const row = rowOf("round 5, speculative, with a334cf8c", [point(16, dear)]);
  expect(row).toEqual([
    "| SDTT and speculative (2211.17192), `speculative`, round 5",
    "AR's law in fewer passes",
    ...["68.1 / 4.63, outside", "264", "300", "1.60 [1.50, 1.70] (over 128 steps)", "– |"],
  ]);
});
