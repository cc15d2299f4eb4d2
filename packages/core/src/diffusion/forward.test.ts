import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { chiSquared } from "../sampler/chiSquared.fixture.js";
import { maskedPositions, maskTokens, sampleTimes } from "./forward.js";
import { moveChanceAt } from "./schedule.js";

const maskId = 99;

/** P(k of n), k = 0 … n. */
function binomial(n: number, p: number): number[] {
  const law = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) law.push(((law[k - 1] as number) * (n - k + 1) * p) / (k * (1 - p)));
  return law;
}

describe("sampleTimes", () => {
  it("draws one time from each of B equal strata of [tMin, tMax]", () => {
    for (let seed = 0; seed < 50; seed++) {
      const t = sampleTimes(randomStream(seed, "times"), 8, 0.2, 0.6);
      const strata = Array.from(t, (x) => Math.floor(((x - 0.2) / 0.4) * 8)).sort((a, b) => a - b);
      expect(strata).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it("is ((u + i/B) mod 1)(tMax − tMin) + tMin for one shared u", () => {
    const given = (u: number) => ({ ...randomStream(0), uniform: () => u });
    expect([...sampleTimes(given(0.125), 4, 0)]).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect([...sampleTimes(given(0.75), 4, 0.5)]).toEqual([0.875, 0.5, 0.625, 0.75]);
    expect(sampleTimes(given(0), 1, 1e-3)[0]).toBe(1e-3);
  });

  it("is uniform for each row", () => {
    const last = Array.from({ length: 4000 }, (_, seed) => sampleTimes(randomStream(seed), 4, 0, 1)[3] as number);
    const mean = last.reduce((sum, t) => sum + t, 0) / last.length;
    const square = last.reduce((sum, t) => sum + t * t, 0) / last.length;
    expect(mean).toBeCloseTo(1 / 2, 1);
    expect(square).toBeCloseTo(1 / 3, 1);
  });
});

describe("maskTokens", () => {
  it("keeps a token as it is or makes it the mask token", () => {
    const x0 = Int32Array.from({ length: 60 }, (_, i) => i);
    const xt = maskTokens(randomStream(0), x0, Float64Array.of(0.3, 0.6, 0.9), maskId);
    for (const [i, token] of xt.entries()) expect([i, maskId]).toContain(token);
    expect(x0[59]).toBe(59);
  });

  it("masks each row with the chance of its own time, within four standard errors", () => {
    const [length, times] = [20_000, Float64Array.of(0, 0.1, 0.5, 1)];
    const xt = maskTokens(randomStream(1), new Int32Array(4 * length), times, maskId);
    for (const [row, t] of times.entries()) {
      const share = xt.subarray(row * length, (row + 1) * length).filter((id) => id === maskId).length / length;
      const chance = moveChanceAt(t);
      const slack = 4 * Math.sqrt((chance * (1 - chance)) / length);
      expect(Math.abs(share - chance)).toBeLessThanOrEqual(slack);
    }
  });

  it("masks a binomial number of tokens with chance (1 − 1e-3)t, told apart from a chance half a per cent off", () => {
    const [length, rows, t] = [8, 20_000, 0.9];
    const xt = maskTokens(randomStream(5), new Int32Array(length * rows), new Float64Array(rows).fill(t), maskId);
    const counts = Array<number>(length + 1).fill(0);
    for (let row = 0; row < rows; row++) {
      const masked = maskedPositions(xt.subarray(row * length, (row + 1) * length), maskId).length;
      counts[masked] = (counts[masked] as number) + 1;
    }
    const test = (chance: number) => chiSquared(counts.slice(3), binomial(length, chance).slice(3));
    const [right, wrong] = [test(moveChanceAt(t)), test(t + 0.005)];
    expect(right.statistic).toBeLessThan(right.limit);
    expect(wrong.statistic).toBeGreaterThan(wrong.limit);
    const kept = maskTokens(randomStream(6), new Int32Array(200_000), Float64Array.of(1), maskId);
    expect(kept.filter((id) => id === 0).length / 200_000).toBeCloseTo(1e-3, 3);
  });

  it("masks positions independently", () => {
    const length = 40_000;
    const xt = maskTokens(randomStream(2), new Int32Array(length), Float64Array.of(0.5), maskId);
    const both = Array.from({ length: length - 1 }, (_, i) => xt[i] === maskId && xt[i + 1] === maskId);
    expect(both.filter(Boolean).length / length).toBeCloseTo(moveChanceAt(0.5) ** 2, 1.9);
  });

  it("gives the same masks for the same stream", () => {
    const draw = (seed: number) => maskTokens(randomStream(seed), new Int32Array(50), Float64Array.of(0.5), maskId);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});

it("lists masked positions in order", () => {
  expect(maskedPositions(Int32Array.of(maskId, 1, maskId, 2), maskId)).toEqual([0, 2]);
  expect(maskedPositions(Int32Array.of(1, 2), maskId)).toEqual([]);
});
