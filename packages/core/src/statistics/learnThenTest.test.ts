/** @file Learn-then-Test on made-up losses whose true means are known. */
import { expect, it } from "vitest";
import { type RandomStream, randomStream } from "../base/random.js";
import { fixedSequence, meanAbovePValue } from "./learnThenTest.js";

const level = 0.1;
const n = 200;

/** Losses in [−1, 1] of this mean: nine of ten near it, the tenth far below, as differences of likelihood are skewed. */
const losses = (stream: RandomStream, mean: number): number[] =>
  Array.from(stream.uniforms(n), (u) => mean + (u < 0.1 ? -0.45 : (0.1 * (u - 0.1)) / 0.9));

it("rejects a true hypothesis no more often than its level, and a false one mostly", () => {
  const share = (limit: number) => {
    const stream = randomStream(3, "values", limit);
    const found = Array.from({ length: 1000 }, () =>
      meanAbovePValue(losses(stream, 0.1), { least: -1, most: 1, limit, level }),
    );
    return found.filter((p) => p <= level).length / found.length;
  };
  expect(share(0.1)).toBeLessThan(level + 0.02);
  expect(share(0.15)).toBeGreaterThan(0.9);
});

it("is exp of minus the largest log capital of the bet, by hand for two values", () => {
  const [m, stakes] = [0.75, Math.log(1 / 0.05)];
  const first = Math.min(0.75 / 0.25, Math.sqrt(stakes / 0.25));
  const second = Math.min(0.75 / 0.25, Math.sqrt((stakes * 2) / (0.25 + (0.5 - 0.5) ** 2)));
  const capital = (1 - first * (0.5 - m)) * (1 - second * (0 - m));
  const p = meanAbovePValue([0, -1], { least: -1, most: 1, limit: 0.5, level: 0.05 });
  expect(p).toBeCloseTo(1 / capital, 12);
});

it("the candidates that are kept exceed the limit in at most a share `level` of calibrations; the best-looking ones do more often", async () => {
  const means = [0, 0.04, 0.08, 0.1, 0.11, 0.12];
  const limit = 0.1;
  let [tested, looked, reached] = [0, 0, 0];
  const runs = 400;
  for (let run = 0; run < runs; run++) {
    const drawn = means.map((mean, k) => losses(randomStream(run, "calibration", k), mean));
    const order = means.map((_, k) => k);
    const kept = await fixedSequence(
      order,
      (k) => meanAbovePValue(drawn[k] as number[], { least: -1, most: 1, limit, level }),
      level,
    );
    const looksFine = order.filter((k) => (drawn[k] as number[]).reduce((sum, x) => sum + x, 0) / n <= limit);
    const isAbove = (k: number | undefined) => k !== undefined && (means[k] as number) >= limit;
    tested += Number(isAbove(kept.at(-1)));
    looked += Number(isAbove(looksFine.at(-1)));
    reached += Number((kept.at(-1) ?? -1) >= 1);
  }
  expect(tested / runs).toBeLessThanOrEqual(level);
  expect(looked / runs).toBeGreaterThan(3 * level);
  expect(reached / runs).toBeGreaterThan(0.5);
});

it("nothing may be used where the limit is the least possible value, or the first candidate is not rejected", async () => {
  expect(meanAbovePValue([0, 0, 0], { least: 0, most: 1, limit: 0, level })).toBe(1);
  expect(await fixedSequence([1, 2, 3], (k) => (k === 1 ? 1 : 0), level)).toEqual([]);
  expect(await fixedSequence([1, 2, 3], (k) => (k === 3 ? 1 : 0), level)).toEqual([1, 2]);
});
