import { describe, expect, it } from "vitest";
import type { JudgedPoint } from "./matchedEntropy.js";
import type { SeedBesideTeacher } from "./matchedSeeds.js";
import { evaluationsAt, stepsNeeded } from "./stepsNeeded.js";

const point = (genPpl: number, entropy: number, lnStderr = 0.02): JudgedPoint => {
  return { genPpl, entropy, lnStderr, entropyStderr: 0.004, correlation: 0 };
};

/** The teacher's control of the default experiment as it was published: gen-PPL / entropy at τ = 1, 0.9, 0.8. */
const published = new Map(
  Object.entries({
    4: [916.9, 4.29, 754.3, 4.24, 609.0, 4.17],
    8: [498.5, 4.29, 404.1, 4.23, 313.9, 4.16],
    16: [352.5, 4.28, 275.4, 4.23, 215.0, 4.16],
    32: [292.8, 4.27, 231.7, 4.24, 169.3, 4.16],
  }).map(([steps, [a, ha, b, hb, c, hc]]) => {
    return [
      Number(steps),
      [point(a as number, ha as number), point(b as number, hb as number), point(c as number, hc as number)],
    ];
  }),
);
const found = (genPpl: number, entropy: number, teacher = published) => {
  const needed = stepsNeeded([{ model: "s", draws: 1, student: point(genPpl, entropy), teacher }]);
  if ("outside" in needed) throw new Error("outside");
  return needed;
};

describe("teacher steps for the same text at the student's entropy", () => {
  it("are 5.2, 10.7 and 18.0 where round 5 took 4, 8 and 16: not 8 times as many, but 1.3", () => {
    const steps = [found(515, 4.19), found(288, 4.18), found(214, 4.17)].map((one) => one.steps.value);
    expect(steps.map((value) => value.toFixed(1))).toEqual(["5.2", "10.7", "18.0"]);
  });

  it("hold in their interval what cannot be told from the student, and are wider where its errors are", () => {
    const { low, value, high } = found(515, 4.19).steps;
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    const exact = stepsNeeded([{ model: "s", draws: 1, student: point(515, 4.19, 0.0), teacher: published }]);
    if ("outside" in exact) throw new Error("outside");
    expect(exact.steps.high - exact.steps.low).toBeLessThan(high - low);
  });

  it("are said to be fewer or more than any that was measured, and not extrapolated", () => {
    expect(found(700, 4.19).steps).toMatchObject({ value: 0, low: 0 });
    expect(found(100, 4.19).steps).toEqual({
      value: Number.POSITIVE_INFINITY,
      low: Number.POSITIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    });
    expect(found(100, 4.19).measured).toEqual([4, 32]);
  });

  it("have no upper end where the teacher's curve is flat at its end", () => {
    const flat = new Map([4, 8, 16, 32].map((steps) => [steps, [point(400, 4.3), point(300, 4.1)]]));
    flat.set(4, [point(900, 4.3), point(700, 4.1)]);
    const { low, value, high } = found(345, 4.2, flat).steps;
    expect([high, value > 4, low < 8]).toEqual([Number.POSITIVE_INFINITY, true, true]);
  });

  it("are not given for the rest where one seed of three is outside of the teacher's temperatures", () => {
    const seed = (model: string, entropy: number): SeedBesideTeacher => ({
      model,
      draws: model.charCodeAt(0),
      student: point(515, entropy),
      teacher: published,
    });
    expect(stepsNeeded([seed("a", 4.19), seed("b", 4.2), seed("c", 4.0)])).toEqual({ outside: 1, of: 3 });
    expect(stepsNeeded([seed("a", 4), seed("b", 4)])).toEqual({ outside: 2, of: 2 });
  });

  it("have no interval where errors are not known", () => {
    const { steps, over } = found(
      515,
      4.19,
      new Map([...published].map(([k, f]) => [k, f.map((p) => ({ ...p, lnStderr: NaN }))])),
    );
    expect([steps.value.toFixed(1), steps.low, steps.high, over]).toEqual(["5.2", NaN, NaN, "nothing"]);
  });
});

describe("network evaluations", () => {
  // 128 · (1 − (1 − 1/128)^128) = 81.1 of 128 steps.
  const nfe = new Map([4, 8, 16, 32, 64, 128].map((steps) => [steps, steps * (1 - (1 - 1 / steps) ** 128)]));

  it("are between those of the teacher's step counts", () => {
    expect(evaluationsAt(nfe, 128)).toBeCloseTo(81.1, 1);
    expect(evaluationsAt(nfe, Math.sqrt(4 * 8))).toBeCloseTo(Math.sqrt(4 * 8), 6);
    expect(evaluationsAt(nfe, 90)).toBeGreaterThan(evaluationsAt(nfe, 64));
  });

  it("stay open where steps are", () => {
    expect([0, Number.POSITIVE_INFINITY].map((steps) => evaluationsAt(nfe, steps))).toEqual([
      0,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
