/** @file The ceiling against a frontier whose form is known. */
import { describe, expect, it } from "vitest";
import { atEntropy, ceilings } from "./ceiling.js";

/** ln gen-PPL is 2 + 3 · entropy, each figure known to a hundredth. */
const frontier = (entropy: number) => ({
  value: Math.exp(2 + 3 * entropy),
  stderr: Math.exp(2 + 3 * entropy) / 100,
  entropy,
});
const teachers = [0.5, 0.7, 1].map((entropy) => ({ ...frontier(entropy), round: 0, steps: 64 }));

describe("the ceiling", () => {
  it("lies on a frontier that is straight, and is not told outside of it", () => {
    expect(atEntropy(teachers, 0.6)?.value).toBeCloseTo(Math.exp(3.8), 9);
    expect(atEntropy(teachers, 0.7)).toMatchObject({
      value: frontier(0.7).value,
      stderr: expect.closeTo(frontier(0.7).stderr, 9),
    });
    expect(atEntropy(teachers, 0.6)?.stderr).toBeCloseTo(Math.exp(3.8) / 100 / Math.sqrt(2), 9);
    expect([0.4, 1.1].map((entropy) => atEntropy(teachers, entropy))).toEqual([undefined, undefined]);
  });

  it("is how many times a student's gen-PPL is the teacher's, with both errors", () => {
    const student = { round: 2, steps: 8, entropy: 0.6, value: 2 * Math.exp(3.8), stderr: 0.02 * Math.exp(3.8) };
    const [found, ...others] = ceilings([...teachers, student], [64, 128]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ round: 2, steps: 8, teacherSteps: 64, ratio: expect.closeTo(2, 9) });
    expect(found?.factor).toBeCloseTo(Math.exp(1.96 * Math.hypot(0.01, 0.01 / Math.sqrt(2))), 9);
  });
});
