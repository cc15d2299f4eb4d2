import { randomStream } from "@sdtt/core/base";
import { describe, expect, it } from "vitest";
import { frontierGain, gainInterval, type Measured } from "./resampled.js";

/** Samples of 10 tokens whose NLL and entropy scatter about the given ones. */
function measured(nll: number, entropy: number, n = 100): Measured {
  const noise = randomStream(3, nll, entropy).normals(2 * n);
  return {
    sums: Array.from({ length: n }, (_, i) => 10 * nll + (noise[i] as number)),
    counts: Array<number>(n).fill(10),
    entropies: Array.from({ length: n }, (_, i) => entropy + 0.1 * (noise[n + i] as number)),
  };
}
const frontier = [measured(Math.log(400), 5), measured(Math.log(100), 4)];
const options = () => ({ random: randomStream(1), resamples: 400 });

describe("the gain at matched entropy", () => {
  it("of a student twice as good at an entropy half-way is about 2, with 2 inside and 1 outside its interval", () => {
    const interval = gainInterval(frontier, measured(Math.log(100), 4.5), options());
    expect(interval?.mean).toBeCloseTo(2, 0);
    expect(interval?.low).toBeLessThanOrEqual(2);
    expect(interval?.high).toBeGreaterThanOrEqual(2);
    expect(interval?.low).toBeGreaterThan(1);
  });

  it("of a teacher at another temperature is 1 and nothing more", () => {
    const interval = gainInterval(frontier, measured(Math.log(200), 4.5), options());
    expect(interval?.mean).toBeCloseTo(1, 1);
    expect((interval?.low as number) <= 1 && (interval?.high as number) >= 1).toBe(true);
  });

  it("has no interval outside the frontier, at its edge, or with few samples", () => {
    expect(gainInterval(frontier, measured(Math.log(200), 3), options())).toBeUndefined();
    const few = [measured(Math.log(400), 5, 5), measured(Math.log(100), 4, 5)];
    expect(gainInterval(few, measured(Math.log(100), 4.5, 5), options())).toBeUndefined();
    expect(() => gainInterval(few, measured(1, 4), options())).toThrow("all points must have 100 samples, got 5");
  });
});

describe("the gain of one frontier over another", () => {
  const twice = [measured(Math.log(200), 5), measured(Math.log(50), 4)];

  it("is 2 at every entropy where all of it is twice as good, whatever the temperatures were", () => {
    const other = [measured(Math.log(50 * 2 ** 0.5), 4.25), measured(Math.log(50 * 2 ** 1.5), 4.75)];
    for (const student of [twice, other]) {
      for (const entropy of [4.3, 4.5, 4.7]) {
        const interval = frontierGain(frontier, student, entropy, options());
        expect(interval?.mean).toBeCloseTo(2, 0);
        expect((interval?.low as number) <= 2.05 && (interval?.high as number) >= 1.95).toBe(true);
      }
    }
  });

  it("is exactly 1 over itself, sample by sample", () => {
    expect(frontierGain(frontier, frontier, 4.5, options())).toMatchObject({ mean: 1, low: 1, high: 1 });
  });

  it("is not extrapolated from either", () => {
    expect(frontierGain(frontier, twice, 3.5, options())).toBeUndefined();
    expect(frontierGain(frontier, [measured(1, 4.4), measured(2, 4.6)], 4.8, options())).toBeUndefined();
    expect(frontierGain([measured(1, 4.4), measured(2, 4.6)], frontier, 4.8, options())).toBeUndefined();
  });
});
