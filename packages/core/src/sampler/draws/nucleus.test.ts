import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.js";
import { chiSquared } from "../chiSquared.fixture.js";
import { tokenLaw } from "./categorical.js";
import { drawTokenBy, nucleus } from "./nucleus.js";

const probabilities = [0.05, 0.4, 0.1, 0.25, 0.2];
const logits = Float32Array.from([9, ...probabilities.map(Math.log), 7]);
const V = 6;

function counts(topP: number, temperature: number): number[] {
  const random = randomStream(3, "nucleus");
  const found = Array<number>(V).fill(0);
  for (let i = 0; i < 30_000; i++) {
    const token = drawTokenBy({ temperature, topP }, logits, 1, V, random.uniform());
    found[token] = (found[token] as number) + 1;
  }
  return found;
}

describe("top-p", () => {
  it("keeps the fewest likeliest tokens that reach p: 0.4 + 0.25 + 0.2 for 0.8, two for 0.65", () => {
    const law = tokenLaw(logits, 1, V);
    expect(nucleus(law, 0.8)).toEqual([1, 3, 4]);
    expect(nucleus(law, 0.64)).toEqual([1, 3]);
    expect(nucleus(law, 1e-9)).toEqual([1]);
    expect(nucleus(law, 1)).toEqual([1, 3, 4, 2, 0]);
  });

  it("draws from the kept tokens, renormalised", () => {
    const { statistic, limit } = chiSquared(counts(0.8, 1), [0, 0.4 / 0.85, 0, 0.25 / 0.85, 0.2 / 0.85, 0]);
    expect(statistic).toBeLessThan(limit);
    const whole = chiSquared(counts(1, 1), [...probabilities, 0]);
    expect(whole.statistic).toBeLessThan(whole.limit);
    const wrong = chiSquared(counts(0.8, 1), [0, 0.42 / 0.85, 0, 0.23 / 0.85, 0.2 / 0.85, 0]);
    expect(wrong.statistic).toBeGreaterThan(wrong.limit);
  });

  it("takes the nucleus of the tempered law: at temperature 0.5 0.8 of the mass is two tokens", () => {
    const squares = probabilities.map((p) => p * p);
    const total = 0.4 ** 2 + 0.25 ** 2;
    expect(total / squares.reduce((sum, p) => sum + p)).toBeGreaterThan(0.8);
    const { statistic, limit } = chiSquared(counts(0.8, 0.5), [0, 0.4 ** 2 / total, 0, 0.25 ** 2 / total, 0, 0]);
    expect(statistic).toBeLessThan(limit);
  });
});
