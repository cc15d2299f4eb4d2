import { describe, expect, it } from "vitest";
import { betweenSeeds, type Cell, effectInterval, effectOf, effectP } from "./randomEffects.js";
import { studentQuantile } from "./student.js";

const cell = (values: readonly number[], stderr: number | null, changes: Partial<Cell> = {}): Cell => ({
  replicates: values.map((value, i) => ({ value, stderr, model: `seed ${i}` })),
  line: "round 5",
  ...changes,
});
const spread = [1, 2, 3];

describe("the variance between trainings", () => {
  it("is what a cell scatters by beyond its sampling: 1 − 0.25 of the seeds 1, 2, 3 with errors of 1/2", () => {
    expect(betweenSeeds([cell(spread, 0.5)])).toEqual({ variance: expect.closeTo(0.75, 9), ofCells: 2, ofLines: 2 });
  });

  it("is 0 where seeds scatter no more than their samples, and all scatter where no error is known", () => {
    expect(betweenSeeds([cell(spread, 2)])?.variance).toBe(0);
    expect(betweenSeeds([cell(spread, null)])?.variance).toBeCloseTo(1, 9);
  });

  it("is of all cells together, and step counts of one line make no new trainings", () => {
    const all = [cell([1, 2, 3], 0.1), cell([1, 3, 5], 0.1), cell([0, 1, 2], 0.1, { line: "round 4" })];
    // Mean squares 1, 4, 1 about a common variance: 2 on the whole, less the samples' 0.01.
    expect(betweenSeeds(all)).toEqual({ variance: expect.closeTo(1.99, 2), ofCells: 6, ofLines: 4 });
  });

  it("is unknown of one model: its draws are no trainings", () => {
    const draws = {
      ...cell(spread, 0.5),
      replicates: spread.map((value) => ({ value, stderr: 0.5, model: "teacher" })),
    };
    expect(betweenSeeds([draws, cell([1], 0.5), cell(spread, 0.5, { isFixed: true })])).toBeUndefined();
  });
});

describe("a cell's interval", () => {
  it("is not inside what sampling alone gives: 288 ± 2.3 % where three seeds happen to agree", () => {
    const logs = [287.41, 288, 288.59].map(Math.log);
    const agreeing = cell(logs, 5.93 / 288);
    const { low, high } = effectInterval(effectOf(agreeing, betweenSeeds([agreeing])));
    const factor = Math.exp((1.959964 * 5.93) / 288 / Math.sqrt(3));
    expect([Math.exp(low), Math.exp(high)]).toEqual([expect.closeTo(288 / factor, 2), expect.closeTo(288 * factor, 2)]);
    expect([Math.round(Math.exp(low)), Math.round(Math.exp(high))]).toEqual([281, 295]);
  });

  it("has what the other cells know of trainings, also where it has one seed itself", () => {
    const others = [1, 2, 3, 4, 5].map((round) => cell(spread, 0.1, { line: `round ${round}` }));
    const between = betweenSeeds(others);
    const alone = effectOf(cell([7], 0.1), between);
    expect(alone).toMatchObject({ mean: 7, over: "seeds", n: 1 });
    expect(alone.stderr).toBeCloseTo(1, 2);
    expect(alone.degrees).toBeCloseTo(10, 0);
    expect(effectInterval(alone).high - 7).toBeCloseTo(studentQuantile(9), 1);
  });

  it("of one model is of its draws, however they scatter, and of one seed without others of its samples", () => {
    const between = betweenSeeds([cell(spread, 0.1)]);
    expect(effectOf(cell([1, 2, 3], 0.3, { isFixed: true }), between)).toMatchObject({
      ...{ mean: 2, stderr: expect.closeTo(0.3 / Math.sqrt(3), 12), over: "samples" },
      degrees: Number.POSITIVE_INFINITY,
    });
    expect(effectOf(cell([5], 0.3), undefined)).toMatchObject({ stderr: 0.3, over: "samples" });
    expect(effectOf(cell([5], null), undefined)).toMatchObject({ stderr: Number.NaN, over: "nothing" });
  });

  it("of shared items does not shrink with seeds: three models on the same items know no more of the items", () => {
    const shared = cell([0.06, 0.06, 0.06], 0.01, { sharesItems: true });
    expect(effectOf(shared, betweenSeeds([shared])).stderr).toBeCloseTo(0.01, 12);
    const apart = cell([0.05, 0.06, 0.07], 0.01, { sharesItems: true });
    expect(effectOf(apart, betweenSeeds([apart])).stderr).toBeCloseTo(Math.sqrt(0.01 ** 2 + 0.01 ** 2 / 3), 9);
  });
});

it("what all seeds are held against does not average out: one teacher's samples stand behind every one of them", () => {
  const shared = { ...cell([1, 1, 1], 0.3), sharedVariance: 0.04 };
  expect(effectOf(shared, betweenSeeds([shared])).stderr).toBeCloseTo(Math.hypot(0.3 / Math.sqrt(3), 0.2), 12);
  expect(effectOf(shared, undefined).stderr).toBeCloseTo(Math.hypot(0.3 / Math.sqrt(3), 0.2), 12);
});

it("a p-value is small where nothing is far away, and 1 where no error is known", () => {
  const effect = {
    mean: 0.3,
    stderr: 0.1,
    degrees: Number.POSITIVE_INFINITY,
    n: 3,
    ofTrainings: 0,
    over: "seeds",
  } as const;
  expect(effectP(effect)).toBeCloseTo(0.0027, 4);
  expect(effectP(effect, 0.3)).toBe(1);
  expect(effectP({ ...effect, stderr: Number.NaN })).toBe(1);
});
