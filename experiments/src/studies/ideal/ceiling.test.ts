/** @file The ceiling against a frontier whose form is known. */
import { describe, expect, it } from "vitest";
import { ceilings } from "./ceiling.js";

/** ln gen-PPL is 2 + 3 · entropy, each figure known to a hundredth. */
const frontier = (entropy: number) => ({
  value: Math.exp(2 + 3 * entropy),
  stderr: Math.exp(2 + 3 * entropy) / 100,
  entropy,
});
const teachers = [0.5, 0.7, 1].map((entropy) => ({ ...frontier(entropy), round: 0, steps: 64 }));

describe("the ceiling", () => {
  const studentAt = (entropy: number) => ({ ...frontier(entropy), round: 2, steps: 8 });

  it("lies on a frontier that is straight, and is not told outside of it", () => {
    const [between, own, ...others] = [0.6, 0.7, 0.4, 1.1].flatMap((entropy) =>
      ceilings([...teachers, studentAt(entropy)], [64]),
    );
    expect(others).toEqual([]);
    expect([between?.teacher, own?.teacher]).toEqual([0.6, 0.7].map((at) => expect.closeTo(frontier(at).value, 9)));
    expect(own?.factor).toBeCloseTo(Math.exp(1.96 * Math.hypot(0.01, 0.01)), 9);
  });

  it("is how many times a student's gen-PPL is the teacher's, with both errors", () => {
    const { value, stderr } = frontier(0.6);
    const student = { ...studentAt(0.6), value: 2 * value, stderr: 2 * stderr };
    const [found, ...others] = ceilings([...teachers, student], [64, 128]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ round: 2, steps: 8, teacherSteps: 64, ratio: expect.closeTo(2, 9) });
    expect(found?.factor).toBeCloseTo(Math.exp(1.96 * Math.hypot(0.01, 0.01 / Math.sqrt(2))), 9);
  });
});
