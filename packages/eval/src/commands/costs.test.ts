/** @file What a dry run of a curve counts for samplers that ask a second network. */
import { plannedModel, scoringFlops, totalFlops } from "@sdtt/core/plan";
import { assetPath } from "@sdtt/core/workspace";
import { describe, expect, it } from "vitest";
import { curvePlan } from "./costs.js";

const asked = { teacher: "none", steps: [8], samples: 10, sequences: 4 };
const planOf = (sampler: string) => curvePlan({ ...asked, sampler });
const { model } = plannedModel("test", assetPath("ar"), undefined);
const aRow = scoringFlops(model, 1);
const beyond = (sampler: string) => (totalFlops(planOf(sampler)) - totalFlops(planOf("ancestral"))) / 10 / aRow;

describe("the plan of a curve", () => {
  it.each([
    ["energy:4", 4 * 8],
    ["energy:4:0.5", 4 * 4],
    ["energy:1", 0],
    ["verified:0.1", 8],
    ["speculative", model.length - 1],
    ["seeded:8", 1],
    ["spaced", 0],
    ["threshold:calibrated=nowhere.json", 0],
    ["mine.ts#0123456789ab", 0],
  ] as const)("counts for %s the %d rows that a partner may read for a sample", (sampler, rows) => {
    expect(beyond(sampler)).toBeCloseTo(rows, 6);
  });

  it("says whose sizes a partner's are, and counts its memory", () => {
    const { models, notes, memory } = planOf("speculative");
    expect(models).toHaveProperty("partner");
    expect(notes).toContain(`partner: sizes from ${assetPath("ar")}, the rows that speculative may ask it to read`);
    expect(memory.some(({ what }) => what === "partner: weights")).toBe(true);
    expect(planOf("spaced").models).not.toHaveProperty("partner");
  });
});
