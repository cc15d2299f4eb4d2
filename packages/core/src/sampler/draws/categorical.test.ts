import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import { chiSquared } from "../chiSquared.fixture.js";
import { drawToken, likeliestToken, logSumExp } from "./categorical.js";

const V = 7;
const logits = Float32Array.of(9, 9, 0.3, -1.2, 2.1, 0, 1.4, -3, 50);
const offset = 2;

function softmax(temperature: number): number[] {
  const weights = Array.from(logits.subarray(offset, offset + V - 1), (x) => Math.exp(x / temperature));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return [...weights.map((w) => w / total), 0];
}

function counts(temperature: number, draws: number): number[] {
  const random = randomStream(11, "categorical", temperature);
  const found = Array<number>(V).fill(0);
  for (let i = 0; i < draws; i++) {
    const token = drawToken(logits, offset, V, random.uniform(), temperature);
    found[token] = (found[token] as number) + 1;
  }
  return found;
}

describe("drawToken", () => {
  it.each([0.5, 1, 2])("draws from softmax(logits / %d) without the mask token", (temperature) => {
    const { statistic, limit } = chiSquared(counts(temperature, 40_000), softmax(temperature));
    expect(statistic).toBeLessThan(limit);
  });

  it("is told apart from another temperature's law by that test", () => {
    const { statistic, limit } = chiSquared(counts(1, 40_000), softmax(1.05));
    expect(statistic).toBeGreaterThan(limit);
  });

  it("keeps tokens that float32 Gumbel noise would cut off", () => {
    const rare = Float32Array.of(0, -25, 0);
    expect(drawToken(rare, 0, 3, 1 - 2 ** -53)).toBe(1);
    expect(drawToken(rare, 0, 3, 1 - 1e-10)).toBe(0);
  });

  it("never draws the mask token nor a token of probability zero, at either end of u", () => {
    const row = Float32Array.of(Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 80);
    expect([0, 0.5, 1 - 2 ** -53].map((u) => drawToken(row, 0, 4, u))).toEqual([1, 1, 1]);
  });

  it.each([513, 514, 1025, 2000])("finds in %d logits the token that one sum over all of them finds", (size) => {
    const row = Float32Array.from(randomStream(3, "row", size).normals(size), (x) => 4 * x);
    const masses = Array.from(row.subarray(0, size - 1), (x) => Math.exp(x / 0.9));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    const expected = (u: number) => {
      let reached = 0;
      return masses.findIndex((mass) => {
        reached += mass;
        return reached > u * total;
      });
    };
    const us = [0, ...randomStream(3, "u", size).uniforms(500), 0.999999999];
    expect(us.map((u) => drawToken(row, 0, size, u, 0.9))).toEqual(us.map(expected));
  });

  it("draws a token that has mass, though a thousand at either end have none", () => {
    const row = new Float32Array(3000).fill(Number.NEGATIVE_INFINITY);
    row.fill(0, 1000, 1003);
    const drawn = [0, 0.3, 0.34, 0.99, 1 - 2 ** -53].map((u) => drawToken(row, 0, 3000, u));
    expect(drawn).toEqual([1000, 1000, 1001, 1002, 1002]);
  });

  it("does not overflow on large logits", () => {
    const row = Float32Array.of(3e4, 3e4, -3e4, 0);
    expect([0.25, 0.75].map((u) => drawToken(row, 0, 4, u, 0.1))).toEqual([0, 1]);
  });
});

it("logSumExp is that of the row's logits but the mask token's, however large they are", () => {
  const sum = logits.subarray(offset, offset + V - 1).reduce((total, x) => total + Math.exp(x), 0);
  expect(logSumExp(logits, offset, V)).toBeCloseTo(Math.log(sum), 12);
  expect(logSumExp(Float32Array.of(3e4, 3e4, 9e4), 0, 3)).toBeCloseTo(3e4 + Math.LN2, 9);
});

it("likeliestToken finds the highest logit that is not the mask token's", () => {
  expect(likeliestToken(logits, offset, V)).toBe(2);
});
