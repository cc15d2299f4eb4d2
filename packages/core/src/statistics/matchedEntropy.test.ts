import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.js";
import {
  atEntropy,
  controlAt,
  gainAtMatchedEntropy,
  type JudgedPoint,
  lnGainOf,
  pointOfRow,
} from "./matchedEntropy.js";
import { meanWithStderr } from "./mean.js";

const frontier = [
  { entropy: 5, genPpl: 400 },
  { entropy: 4, genPpl: 100 },
];

describe("the control at matched entropy", () => {
  it("is the teacher itself where a temperature was measured", () => {
    expect(atEntropy(frontier, 4)).toBeCloseTo(100);
    expect(atEntropy(frontier, 5)).toBeCloseTo(400);
  });

  it("is the geometric mean half-way between two temperatures", () => {
    expect(atEntropy(frontier, 4.5)).toBeCloseTo(200);
  });

  it("is not extrapolated", () => {
    expect(atEntropy(frontier, 3.9)).toBeUndefined();
    expect(atEntropy(frontier, 5.1)).toBeUndefined();
    expect(atEntropy([], 4)).toBeUndefined();
  });

  it("finds no gain in a student that a temperature equals", () => {
    expect(gainAtMatchedEntropy(frontier, { entropy: 4.5, genPpl: 200 })).toBeCloseTo(1);
    expect(gainAtMatchedEntropy(frontier, { entropy: 4.5, genPpl: 100 })).toBeCloseTo(2);
  });
});

const point = (genPpl: number, entropy: number, errors: Partial<JudgedPoint> = {}): JudgedPoint => ({
  ...{ genPpl, entropy, lnStderr: 0, entropyStderr: 0, correlation: 0 },
  ...errors,
});

describe("the error of a gain", () => {
  const slope = Math.log(4);

  it("is the student's own where the teacher is known exactly, its entropy's error moved along the frontier", () => {
    const teacher = [point(400, 5), point(100, 4)];
    const error = (errors: Partial<JudgedPoint>) => lnGainOf(teacher, point(100, 4.5, errors))?.stderr;
    expect(lnGainOf(teacher, point(100, 4.5))).toEqual({ value: expect.closeTo(Math.LN2, 12), stderr: 0 });
    expect(error({ lnStderr: 0.03 })).toBeCloseTo(0.03, 12);
    expect(error({ entropyStderr: 0.01 })).toBeCloseTo(0.01 * slope, 12);
    const both = { lnStderr: 0.03, entropyStderr: 0.01 };
    expect(error(both)).toBeCloseTo(Math.hypot(0.03, 0.01 * slope), 12);
    // Errors that lie along the frontier cancel.
    expect(error({ lnStderr: 0.01 * slope, entropyStderr: 0.01, correlation: 1 })).toBeCloseTo(0, 12);
  });

  it("has the teacher's two temperatures by their shares: at a quarter, 3/4 and 1/4 of theirs", () => {
    const teacher = [point(400, 5, { lnStderr: 0.08 }), point(100, 4, { lnStderr: 0.04 })];
    expect(controlAt(teacher, 4.25)).toEqual({
      lnGenPpl: expect.closeTo(Math.log(100) + 0.25 * slope, 12),
      slope: expect.closeTo(slope, 12),
      variance: expect.closeTo((0.25 * 0.08) ** 2 + (0.75 * 0.04) ** 2, 12),
    });
  });

  it("is the spread of made-up gains, by drawing them", () => {
    const errors = { lnStderr: 0.02, entropyStderr: 0.006, correlation: 0.4 };
    const teacher = [point(900, 4.3, errors), point(600, 4.17, errors)];
    const student = point(515, 4.2, errors);
    const random = randomStream(1, "gains");
    const moved = ({ genPpl, entropy, lnStderr, entropyStderr, correlation }: JudgedPoint): JudgedPoint => {
      const [a, b] = random.normals(2) as unknown as [number, number];
      const shift = entropyStderr * (correlation * a + Math.sqrt(1 - correlation ** 2) * b);
      return point(genPpl * Math.exp(lnStderr * a), entropy + shift);
    };
    const drawn = Array.from({ length: 20_000 }, () => lnGainOf(teacher.map(moved), moved(student))?.value ?? 0);
    const { stderr } = meanWithStderr(drawn);
    expect(stderr * Math.sqrt(drawn.length)).toBeCloseTo(lnGainOf(teacher, student)?.stderr as number, 3);
  });

  it("is not known where a row's is not, and independent where nobody kept how its two go together", () => {
    expect(pointOfRow({ value: 100, stderr: 2, entropy: 4, entropyStderr: 0.01 })).toEqual(
      point(100, 4, { lnStderr: 0.02, entropyStderr: 0.01 }),
    );
    const unknown = pointOfRow({ value: 100, stderr: null, entropy: 4.5 });
    expect(lnGainOf([point(400, 5), point(100, 4)], unknown)).toEqual({
      value: expect.closeTo(Math.LN2, 12),
      stderr: NaN,
    });
  });
});
