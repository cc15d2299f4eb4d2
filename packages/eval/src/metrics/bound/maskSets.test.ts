/** @file Weights of mask sets against the integral that they stand for, and drawn sets against all of them. */
import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { allMaskSets, drawMaskSets, drawnMaskSets, exactTokens, maskSetsOf, pairedMaskSets } from "./maskSets.js";

/** ∫ t^(s − 1) (1 − t)^(k − s) dt over [0, 1], by the midpoint rule: each token masked with chance t, weight 1/t. */
function integral(size: number, k: number): number {
  const intervals = 20_000;
  let sum = 0;
  for (let i = 0; i < intervals; i++) {
    const t = (i + 0.5) / intervals;
    sum += t ** (size - 1) * (1 - t) ** (k - size);
  }
  return sum / intervals;
}

const totals = (sets: readonly { positions: readonly number[]; weight: number }[]) => {
  const byName = new Map<string, number>();
  for (const { positions, weight } of sets)
    byName.set(String(positions), (byName.get(String(positions)) ?? 0) + weight);
  return byName;
};

describe("all mask sets", () => {
  it.each([1, 2, 3, 4, 5, 6])("of %i tokens are 2ᵏ − 1, each with the integral over t of its chance over t", (k) => {
    const sets = allMaskSets(k);
    expect(totals(sets).size).toBe(2 ** k - 1);
    for (const { positions, weight } of sets) expect(weight).toBeCloseTo(integral(positions.length, k), 7);
  });

  it("weigh (|S| − 1)! (k − |S|)! / k!: of three tokens 1/3, 1/6 and 1/3", () => {
    const bySize = new Map(allMaskSets(3).map(({ positions, weight }) => [positions.length, weight]));
    expect([...bySize].sort()).toEqual([
      [1, expect.closeTo(1 / 3, 15)],
      [2, expect.closeTo(1 / 6, 15)],
      [3, expect.closeTo(1 / 3, 15)],
    ]);
  });
});

describe("drawn mask sets", () => {
  it.each([2, 3, 4, 5])("of %i tokens have the weights of all sets on average", (k) => {
    const runs = 40_000;
    const found = new Map<string, number>();
    for (let seed = 0; seed < runs; seed++) {
      const sets = drawnMaskSets(k, drawMaskSets(randomStream(seed, "sets"), 5, k));
      for (const [name, weight] of totals(sets)) found.set(name, (found.get(name) ?? 0) + weight / runs);
    }
    for (const { positions, weight } of allMaskSets(k)) {
      expect(Math.abs((found.get(String(positions)) ?? 0) - weight)).toBeLessThan(0.015);
    }
  });

  it("take no notice of the draw where each token has the same nats whatever is masked: Σ weight · |S| = k", () => {
    for (const k of [2, 7, 20, 128]) {
      for (const sets of [3, 4, 9]) {
        const drawn = drawnMaskSets(k, drawMaskSets(randomStream(k, "sets", sets), sets, k));
        expect(drawn.reduce((sum, { positions, weight }) => sum + weight * positions.length, 0)).toBeCloseTo(k, 9);
        expect(drawn.every(({ weight }) => weight <= k)).toBe(true);
      }
    }
  });

  it("are the same for texts of one length under the same draws, and need none up to six tokens", () => {
    const draws = drawMaskSets(randomStream(3, "sets"), 9, 30);
    expect(maskSetsOf(12, () => draws)).toEqual(maskSetsOf(12, () => draws));
    const none = () => {
      throw new Error("drawn");
    };
    expect(maskSetsOf(exactTokens, none)).toEqual(allMaskSets(exactTokens));
    expect(() => maskSetsOf(exactTokens + 1, none)).toThrow("drawn");
  });
});

describe("a pair of mask sets", () => {
  it.each([2, 3, 5])("of %i tokens has the weights of all sets on average, over sizes and orders", (k) => {
    const runs = 60_000;
    const found = new Map<string, number>();
    for (let i = 0; i < runs; i++) {
      const random = randomStream(i, "pair");
      for (const [name, weight] of totals(pairedMaskSets(k, random.uniform(), random))) {
        found.set(name, (found.get(name) ?? 0) + weight / runs);
      }
    }
    for (const { positions, weight } of allMaskSets(k)) {
      expect(Math.abs((found.get(String(positions)) ?? 0) - weight)).toBeLessThan(0.02);
    }
  });

  it("masks each token once, or all of them in one set", () => {
    for (let i = 0; i < 50; i++) {
      const sets = pairedMaskSets(5, i / 50, randomStream(i, "pair"));
      expect(sets.flatMap(({ positions }) => positions).sort()).toEqual([0, 1, 2, 3, 4]);
    }
  });
});
