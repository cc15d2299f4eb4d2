import { describe, expect, it } from "vitest";
import { oracleCells } from "./exact.js";
import { perfectPair, samplerCell } from "./perfect.js";
import { openPuzzle } from "./squares.js";

const latin3 = openPuzzle("latin3");
const pair = perfectPair(latin3);
const cell = (sampler: string, numSteps: number, samples = 4096) =>
  samplerCell(latin3, pair, sampler, numSteps, { samples, seeds: [3] });

describe("samplers of networks that are right, on Latin squares of order 3,", () => {
  it.each([1, 2, 4])("are held against the exact law of %d ancestral steps", async (numSteps) => {
    const [exact] = await oracleCells(latin3, [numSteps]);
    const { validity } = await cell("ancestral", numSteps);
    const stderr = Math.sqrt(((exact?.validity ?? 0) * (1 - (exact?.validity ?? 0))) / 4096);
    expect(Math.abs(validity.mean - (exact?.validity ?? 0))).toBeLessThan(4 * stderr);
  });

  it("draw by speculation the causal network's law: solutions, all of them, and as even", async () => {
    const { validity, coverage, missing } = await cell("speculative", 2, 2048);
    expect(validity.mean).toBe(1);
    expect(coverage).toBeCloseTo(1, 6);
    expect(missing).toBeLessThan(0.01);
  });

  it("come nearer to it by energy, the more rows it chooses from", async () => {
    const shares: number[] = [];
    for (const sampler of ["ancestral", "energy:2", "energy:8"]) shares.push((await cell(sampler, 2)).validity.mean);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[2]).toBeGreaterThan(1.5 * (shares[0] as number));
  });

  it("are held by the rows of all seeds together", async () => {
    const of = (seeds: number[]) => samplerCell(latin3, pair, "spaced", 2, { samples: 256, seeds });
    const [one, other, both] = [await of([1]), await of([2]), await of([1, 2])];
    expect(both.samples).toBe(512);
    expect(one.validity.mean).not.toBe(other.validity.mean);
    expect(both.validity.mean).toBeCloseTo((one.validity.mean + other.validity.mean) / 2, 12);
    expect(both.validity.high - both.validity.low).toBeLessThan(one.validity.high - one.validity.low);
  });

  it("say what they cost", async () => {
    const { nfe, partnerPasses } = await cell("energy:2", 2, 256);
    expect(nfe).toBeLessThanOrEqual(2);
    expect(partnerPasses).toBeCloseTo(2 * nfe, 6);
    expect((await cell("spaced", 2, 256)).partnerPasses).toBe(0);
  });
});
