/**
 * @file The joint law of tokens and of the steps that reveal them, on a chain with an exact denoiser: what is lazy,
 * what is biased, and what each sampler draws from.
 *
 * Draws come from one pool for all rows, so that a hundred thousand samples take a second.
 */
import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import { alphaAt, unmaskProbability } from "../diffusion/schedule.js";
import { allSequences, type Chain, evenSteps, exactDenoiser, revealLaw, stepLaw } from "./chain.fixture.js";
import { type ChiSquared, chiSquared } from "./chiSquared.fixture.js";
import { type Draw, inverseCdf, type RowDraw } from "./draw.js";
import { drawToken } from "./draws/categorical.js";
import { denoise, type Samples, sample } from "./sample.js";
import { samplerNames, samplers } from "./samplers.js";
import { pooled } from "./walk.fixture.js";

const chain: Chain = {
  length: 3,
  first: [0.7, 0.3],
  next: [
    [0.9, 0.1],
    [0.2, 0.8],
  ],
};
const K = 2;
const maskId = 2;

/** The project's draws, but for where they come from. */
function lazy(seed: number): Draw {
  const random = pooled(randomStream(seed, "joint"));
  return () => inverseCdf({ reveal: random, draw: random });
}

/** Asks about every masked position in every step and only then decides whether it is revealed. */
function eager(seed: number): Draw {
  const random = pooled(randomStream(seed, "joint"));
  const row: RowDraw = {
    asked: (masked) => masked,
    token: (logits, offset, size, _, probability) =>
      random.uniform() < probability ? drawToken(logits, offset, size, random.uniform()) : maskId,
  };
  return () => row;
}

/** `draw` with every reveal probability below 1 wrong by this factor. */
function biased(draw: Draw, factor: number): Draw {
  const wrong = (probability: number) => (probability < 1 ? Math.min(1, factor * probability) : 1);
  return (row) => {
    const inner = draw(row);
    return { ...inner, asked: (masked, probability) => inner.asked(masked, wrong(probability)) };
  };
}

const digits = (values: Int32Array, base: number) => values.reduce((value, digit) => base * value + digit, 0);

/** The test: counts of (reveal steps, tokens) against their exact law. */
async function jointTest(draw: Draw): Promise<ChiSquared & { asked: number }> {
  const [n, L] = [120_000, chain.length];
  const denoiser = exactDenoiser(chain);
  const { ids, revealSteps, nfe } = await sample(denoiser, samplers.ancestral, {
    numSteps: K,
    batch: n,
    seed: 0,
    draw,
  });
  const counts = Array<number>(K ** L * 2 ** L).fill(0);
  for (let i = 0; i < n; i++) {
    const steps = revealSteps.subarray(i * L, (i + 1) * L).map((step) => step - 1);
    const cell = 2 ** L * digits(steps, K) + digits(ids.subarray(i * L, (i + 1) * L), 2);
    counts[cell] = (counts[cell] as number) + 1;
  }
  const asked = nfe.reduce((sum, evaluations) => sum + evaluations, 0);
  return { ...chiSquared(counts, revealLaw(chain, evenSteps(K))), asked };
}

describe("the joint law of tokens and reveal steps", () => {
  it("is the exact one, and lazy revealing saves evaluations without changing it", async () => {
    const [saving, asking] = [await jointTest(lazy(1)), await jointTest(eager(2))];
    expect(saving.statistic).toBeLessThan(saving.limit);
    expect(asking.statistic).toBeLessThan(asking.limit);
    // All three positions fall into one step with probability 1/4: 1.75 evaluations, where asking always takes 1.875.
    expect(saving.asked / 120_000).toBeCloseTo(1.75, 2);
    expect(asking.asked / 120_000).toBeCloseTo(1.875, 2);
  });

  it.each([1.02, 0.98])(
    "is told apart by the same test from revealing with %d times the probability",
    async (factor) => {
      const { statistic, limit } = await jointTest(biased(lazy(1), factor));
      expect(statistic).toBeGreaterThan(limit);
    },
  );
});

describe.each(samplerNames)("the %s sampler", (name) => {
  const rule = samplers[name];

  it.each([1, 3])("samples from the exact law of its own %d steps", async (numSteps) => {
    const n = 30_000;
    const { ids } = await sample(exactDenoiser(chain), rule, { numSteps, batch: n, seed: 0, draw: lazy(3) });
    const counts = allSequences(2, chain.length).map(() => 0);
    for (let i = 0; i < n; i++) {
      const cell = digits(ids.subarray(i * chain.length, (i + 1) * chain.length), 2);
      counts[cell] = (counts[cell] as number) + 1;
    }
    const times = rule.times(numSteps);
    const steps = evenSteps(numSteps).map((_, k) => rule.revealProbability(times[k + 1] as number, times[k] as number));
    const whole = rule.ending === "draw" ? [...steps, 1] : steps;
    const { statistic, limit } = chiSquared(counts, stepLaw(chain, whole));
    expect(statistic).toBeLessThan(limit);
    const other = chiSquared(counts, stepLaw(chain, evenSteps(numSteps + 1)));
    expect(other.statistic).toBeGreaterThan(other.limit);
  });

  it("reveals with the ancestral probability (α_s − α_t)/(1 − α_t), and everything at s ≤ 0", () => {
    for (const [s, t] of [
      [0.2, 0.9],
      [0.5, 0.5001],
      [1e-5, 0.125],
      [1e-5, 2e-5],
      [0.9, 1],
    ] as const) {
      const formula = (alphaAt(s) - alphaAt(t)) / (1 - alphaAt(t));
      expect(rule.revealProbability(s, t) / formula).toBeCloseTo(1, 9);
      expect(rule.revealProbability(s, t) / unmaskProbability(s, t)).toBeCloseTo(1, 11);
    }
    expect([rule.revealProbability(0, 0.5), rule.revealProbability(-0.1, 0.05)]).toEqual([1, 1]);
  });

  it("ends in one more evaluation where something is masked, and in none where nothing is", async () => {
    const idle = { ...rule, revealProbability: () => 0 };
    const options = { numSteps: 3, batch: 4000, seed: 5, draw: lazy(4) };
    const left = await sample(exactDenoiser(chain), idle, options);
    expect([...new Set(left.nfe)]).toEqual([1]);
    expect([...new Set(left.revealSteps)]).toEqual([4]);
    const drawn = new Set(Array.from({ length: 4000 }, (_, i) => String(left.ids.subarray(3 * i, 3 * i + 3))));
    expect(drawn.size).toBe(rule.ending === "argmax" ? 1 : 8);
    const all: Samples = await sample(exactDenoiser(chain), { ...rule, revealProbability: () => 1 }, options);
    expect([[...new Set(all.nfe)], [...new Set(all.revealSteps)]]).toEqual([[1], [1]]);
  });
});

it("denoise makes each masked position its likeliest token, and keeps the others", async () => {
  const denoiser = exactDenoiser(chain);
  const xt = Int32Array.of(1, maskId, maskId, maskId, 1, maskId, 0, 1, 0);
  expect([...(await denoise(denoiser, xt))]).toEqual([1, 1, 1, 1, 1, 1, 0, 1, 0]);
  expect(denoiser.asked).toEqual([2]);
  expect(xt[1]).toBe(maskId);
});
