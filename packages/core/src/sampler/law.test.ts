import { describe, expect, it } from "vitest";
import { allSequences, type Chain, chainProbability, evenSteps, exactDenoiser, stepLaw } from "./chain.fixture.js";
import { chiSquared } from "./chiSquared.fixture.js";
import type { Denoiser } from "./network/denoiser.js";
import { sampleAncestral } from "./rules/ancestral.js";

const chain: Chain = {
  length: 4,
  first: [0.5, 0.3, 0.2],
  next: [
    [0.8, 0.15, 0.05],
    [0.1, 0.2, 0.7],
    [0.3, 0.6, 0.1],
  ],
};
const sequences = allSequences(3, 4);
const truth = sequences.map((x) => chainProbability(chain, x));

async function sampledCounts(numSteps: number, n: number, seed: number): Promise<number[]> {
  const { ids } = await sampleAncestral(exactDenoiser(chain), { numSteps, batch: n, seed });
  const counts = sequences.map(() => 0);
  for (let i = 0; i < n; i++) {
    const index = ids.subarray(4 * i, 4 * i + 4).reduce((value, digit) => 3 * value + digit, 0);
    counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}

const distance = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, value, i) => sum + Math.abs(value - (q[i] as number)), 0) / 2;

describe("sampleAncestral with a denoiser that is right", () => {
  it.each([1, 2, 5])("samples from the exact law of %d steps", async (numSteps) => {
    const { statistic, limit } = chiSquared(
      await sampledCounts(numSteps, 8_000, 3),
      stepLaw(chain, evenSteps(numSteps)),
    );
    expect(statistic).toBeLessThan(limit);
  });

  it("is told apart from the law of twice the steps, and from the chain itself, by that test", async () => {
    const counts = await sampledCounts(2, 8_000, 3);
    for (const other of [stepLaw(chain, evenSteps(4)), truth]) {
      const { statistic, limit } = chiSquared(counts, other);
      expect(statistic).toBeGreaterThan(limit);
    }
  });

  it("reveals every token at a step that is uniform on 1 … K, and a 2 % bias would show", async () => {
    const length = 400;
    const indifferent: Denoiser = {
      ...{ vocabSize: 2, maskId: 1, length, dispose() {} },
      logits: async (_xt, _rows, positions) => new Float32Array(2 * positions.length),
    };
    const { revealSteps } = await sampleAncestral(indifferent, { numSteps: 4, batch: 1_000, seed: 9 });
    const counts = [1, 2, 3, 4].map((step) => revealSteps.reduce((sum, s) => sum + Number(s === step), 0));
    const fair = chiSquared(counts, [0.25, 0.25, 0.25, 0.25]);
    expect(fair.statistic).toBeLessThan(fair.limit);
    const q = [1.02 / 4, 1.02 / 3, 1.02 / 2, 1];
    const biased = q.map((p, i) => p * q.slice(0, i).reduce((left, before) => left * (1 - before), 1));
    const off = chiSquared(counts, biased);
    expect(off.statistic).toBeGreaterThan(off.limit);
  });
});

it("the law of K steps comes as near to the joint law as one likes", () => {
  const distances = [1, 2, 4, 16, 64].map((numSteps) => distance(stepLaw(chain, evenSteps(numSteps)), truth));
  expect(distances).toEqual([...distances].sort((a, b) => b - a));
  expect(distances[0]).toBeGreaterThan(0.3);
  expect(distances.at(-1)).toBeLessThan(0.02);
});
