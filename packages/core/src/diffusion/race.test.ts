/** @file Gumbel noise as a race: what is coupled to a token arrives with it first, and over tokens it is noise that knows of nothing. */
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { chiSquared } from "../sampler/chiSquared.fixture.js";
import { coupledTimes, freeTimes, raceShares } from "./race.js";

const q = Float64Array.of(0.6, 0.3, 0.1, 0);
const draws = 20_000;

/** Which quarter of Exp(1) each of the first three times lies in, as one of 64 cells. */
const cellOf = (times: Float64Array) =>
  times.subarray(0, 3).reduce((cell, one) => 4 * cell + Math.min(3, Math.floor(4 * (1 - Math.exp(-one)))), 0);

function counted(timesOf: (random: ReturnType<typeof randomStream>, token: number) => Float64Array) {
  const random = randomStream(3, "race");
  const counts = Array(64).fill(0) as number[];
  for (let i = 0; i < draws; i++) {
    const u = random.uniform();
    const cell = cellOf(timesOf(random, u < 0.6 ? 0 : u < 0.9 ? 1 : 2));
    counts[cell] = (counts[cell] as number) + 1;
  }
  return chiSquared(counts, Array(64).fill(1 / 64));
}

const firstOf = (times: Float64Array) => {
  const arrivals = Array.from(times, (one, v) => one / (q[v] as number));
  return arrivals.indexOf(Math.min(...arrivals));
};

describe("noise that is coupled to a token", () => {
  it("makes that token arrive first, however unlikely it is", () => {
    const random = randomStream(4, "race");
    for (const token of [0, 1, 2]) {
      for (let i = 0; i < 200; i++) expect(firstOf(coupledTimes(random, q, token))).toBe(token);
    }
    expect(Array.from(coupledTimes(random, q, 3)).every((one) => one > 0 && Number.isFinite(one))).toBe(true);
  });

  it("is, over tokens of the law, independent noise that knows of nothing; of tokens of another law it is not", () => {
    const right = counted((random, token) => coupledTimes(random, q, token));
    expect(right.statistic).toBeLessThan(right.limit);
    const free = counted((random) => freeTimes(random, 4));
    expect(free.statistic).toBeLessThan(free.limit);
    const wrong = counted((random) => coupledTimes(random, q, 2));
    expect(wrong.statistic).toBeGreaterThan(10 * wrong.limit);
  });

  it("is told as the softmax of its Gumbel noise", () => {
    const times = freeTimes(randomStream(5, "race"), 5);
    const told = new Float32Array(7);
    raceShares(times, told, 1);
    const weights = Array.from(times, (one) => Math.exp(-Math.log(one)));
    const sum = weights.reduce((a, b) => a + b);
    weights.forEach((weight, v) => {
      expect(told[v + 1]).toBeCloseTo(weight / sum, 6);
    });
    expect([told[0], told[6]]).toEqual([0, 0]);
  });
});
