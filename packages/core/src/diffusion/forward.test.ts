import { describe, expect, it } from "vitest";
import { randomStream } from "../random.js";
import { maskedPositions, maskTokens, sampleTimes } from "./forward.js";
import { moveChanceAt } from "./schedule.js";

const maskId = 99;

describe("sampleTimes", () => {
  it("draws one time from each of B equal strata of [tMin, tMax]", () => {
    for (let seed = 0; seed < 50; seed++) {
      const t = sampleTimes(randomStream(seed, "times"), 8, 0.2, 0.6);
      const strata = Array.from(t, (x) => Math.floor(((x - 0.2) / 0.4) * 8)).sort((a, b) => a - b);
      expect(strata).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
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
